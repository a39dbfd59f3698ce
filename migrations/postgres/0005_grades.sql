-- What is owed to the gradebooks.

-- A column of a platform's gradebook that one learner's work, or a part of it, is scored in.
CREATE TABLE line_item (
    id UUID PRIMARY KEY,
    work_id UUID NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    url TEXT NOT NULL,
    -- The platform's id of the learner.
    subject TEXT NOT NULL,
    -- The task whose part of the project is scored here; NULL: the whole project.
    task TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (work_id, url)
);

-- The outbox: the newest score for each line item and learner.
CREATE TABLE score (
    line_item_id UUID PRIMARY KEY REFERENCES line_item (id) ON DELETE CASCADE,
    given DOUBLE PRECISION NOT NULL,
    maximum DOUBLE PRECISION NOT NULL,
    completed BOOLEAN NOT NULL,
    -- Counts up at each change, so that a delivery settles only what it sent.
    revision BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    -- 'waiting', 'sent', 'refused'
    state TEXT NOT NULL,
    -- Why it waits or was refused, in plain words.
    reason TEXT,
    attempts BIGINT NOT NULL,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    -- Until when a worker holds it.
    lease_until TIMESTAMPTZ,
    -- The timestamp of the newest score that was sent; the next one is later.
    last_timestamp TIMESTAMPTZ,
    sent_at TIMESTAMPTZ
);
CREATE INDEX score_due ON score (next_attempt_at) WHERE state = 'waiting';
