-- From the login to the session: each row is taken once, and swept when its time is over.

CREATE TABLE learner (
    id UUID PRIMARY KEY,
    platform_id UUID NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    -- The platform's `sub`; NULL for a guest of an anonymous launch.
    subject TEXT,
    name TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (platform_id, subject)
);

CREATE TABLE course (
    id UUID PRIMARY KEY,
    platform_id UUID NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    -- Empty: launches that name no course.
    context_id TEXT NOT NULL,
    title TEXT,
    label TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (platform_id, context_id)
);

-- A login that waits for its launch; the launch takes it by DELETE … RETURNING.
CREATE TABLE login (
    state_hash BYTEA PRIMARY KEY,
    nonce_hash BYTEA NOT NULL,
    -- SHA-256 of the secret in the browser's cookie.
    browser_hash BYTEA NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    deployment_id TEXT,
    -- What the platform said at the login, so that it can be begun again in a window of its own.
    login_hint TEXT NOT NULL,
    lti_message_hint TEXT,
    target_link_uri TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX login_expires_at ON login (expires_at);

-- One way for a course to lead to a project: an activity that a teacher placed.
CREATE TABLE resource_link (
    id UUID PRIMARY KEY,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    course_id UUID NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    link_id TEXT NOT NULL,
    title TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (registration_id, deployment_id, course_id, link_id)
);

CREATE TABLE launch (
    id UUID PRIMARY KEY,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    resource_link_id UUID NOT NULL REFERENCES resource_link (id) ON DELETE CASCADE,
    learner_id UUID NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    course_id UUID NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    -- Whether what is done here may become a grade.
    graded BOOLEAN NOT NULL,
    -- NULL until the activity has been set up.
    work_id UUID,
    -- The task this launch is limited to, with what is below it; NULL: the whole project.
    task TEXT,
    -- How the browser proved to be the one that logged in: 'cookie', 'window'.
    binding TEXT NOT NULL,
    -- The launch's context, in the shape of its version.
    context JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX launch_created_at ON launch (created_at);

-- What a redirect carries for a minute in place of a session.
CREATE TABLE activity_code (
    code_hash BYTEA PRIMARY KEY,
    launch_id UUID NOT NULL REFERENCES launch (id) ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX activity_code_expires_at ON activity_code (expires_at);

CREATE TABLE session (
    token_hash BYTEA PRIMARY KEY,
    launch_id UUID NOT NULL REFERENCES launch (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX session_expires_at ON session (expires_at);

-- What came of each login and launch; holds no token and no name.
CREATE TABLE launch_log (
    reference TEXT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    registration_id UUID,
    issuer TEXT,
    client_id TEXT,
    -- 'launched', or the stable code of the refusal.
    outcome TEXT NOT NULL,
    -- The rule that failed, and what to do about it, for the administrator.
    explanation TEXT NOT NULL,
    binding TEXT,
    -- The platform's clock less ours, where the token told.
    clock_difference_seconds BIGINT
);
CREATE INDEX launch_log_at ON launch_log (at);
