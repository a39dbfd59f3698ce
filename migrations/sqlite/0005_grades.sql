-- What is owed to the gradebooks.

-- A column of a platform's gradebook that one learner's work, or a part of it, is scored in.
CREATE TABLE line_item (
    id BLOB PRIMARY KEY,
    work_id BLOB NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    registration_id BLOB NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    url TEXT NOT NULL,
    -- The platform's id of the learner.
    subject TEXT NOT NULL,
    -- The task whose part of the project is scored here; NULL: the whole project.
    task TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (work_id, url)
) STRICT;

-- The outbox: the newest score for each line item and learner.
CREATE TABLE score (
    line_item_id BLOB PRIMARY KEY REFERENCES line_item (id) ON DELETE CASCADE,
    given REAL NOT NULL,
    maximum REAL NOT NULL,
    completed INTEGER NOT NULL,
    -- Counts up at each change, so that a delivery settles only what it sent.
    revision INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    -- 'waiting', 'sent', 'refused'
    state TEXT NOT NULL,
    -- Why it waits or was refused, in plain words.
    reason TEXT,
    attempts INTEGER NOT NULL,
    next_attempt_at TEXT NOT NULL,
    -- Until when a worker holds it.
    lease_until TEXT,
    -- The timestamp of the newest score that was sent; the next one is later.
    last_timestamp TEXT,
    sent_at TEXT
) STRICT;
CREATE INDEX score_due ON score (next_attempt_at) WHERE state = 'waiting';
