-- Placing: what an activity opens where its launch does not say, and who is about to choose.

-- What was chosen for this link, where its launches name nothing; NULL: nothing yet.
ALTER TABLE resource_link ADD COLUMN project_slug TEXT;
-- The task that it is limited to; NULL: the whole project.
ALTER TABLE resource_link ADD COLUMN task TEXT;

-- JSON: the gradebook as the launch told it, for a learner whose activity is set up after they came.
ALTER TABLE launch ADD COLUMN grade_service TEXT;

-- A page before any session: somebody chooses what to place or what opens, or waits for that.
CREATE TABLE errand (
    secret_hash BLOB PRIMARY KEY,
    -- SHA-256 of the secret in the browser's cookie, so that nobody else's address is taken from it.
    browser_hash BLOB NOT NULL,
    registration_id BLOB NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    kind TEXT NOT NULL, -- 'deep_linking', 'set_up', 'waiting'
    -- JSON: what the platform asks for; for 'deep_linking' only. As text, for its `data` may hold NUL, which no other type of PostgreSQL takes.
    request TEXT,
    -- The launch that leads nowhere yet, or that leads elsewhere from now on; not for 'deep_linking'.
    launch_id BLOB REFERENCES launch (id) ON DELETE CASCADE,
    -- JSON: the choice to begin with.
    suggestion TEXT,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX errand_expires_at ON errand (expires_at);

-- Courses that hold a copy of what was in others, as their platform told.
CREATE TABLE course_copy (
    platform_id BLOB NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    context_id TEXT NOT NULL,
    origin_context_id TEXT NOT NULL,
    PRIMARY KEY (platform_id, context_id, origin_context_id)
) STRICT;

-- Notices that were acted on, so that none is twice.
CREATE TABLE notice (
    once BLOB PRIMARY KEY,
    until TEXT NOT NULL
) STRICT;
CREATE INDEX notice_until ON notice (until);

-- Deployments whose platform was asked to send notices.
CREATE TABLE notice_handler (
    registration_id BLOB NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    tried_at TEXT NOT NULL,
    -- NULL: the platform has not taken it down.
    set_at TEXT,
    PRIMARY KEY (registration_id, deployment_id)
) STRICT;
