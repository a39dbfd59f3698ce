-- Conversations. A turn is what the learner said and what was answered; its tokens stand in the log as they came.

CREATE TABLE turn (
    id UUID PRIMARY KEY,
    work_id UUID NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    -- The task it was about, where it was about one.
    task TEXT,
    message TEXT NOT NULL,
    -- Whether the learner said something of their own, and did not only ask for help: that is what unlocks hints.
    own_words BOOLEAN NOT NULL,
    state TEXT NOT NULL, -- 'running', 'done', 'stopped', 'interrupted', 'failed'
    -- Who answered: 'guide', or the model's name.
    answered_by TEXT,
    -- The whole answer, once the turn has ended; markdown.
    reply TEXT,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    -- Until when the process that writes this turn is trusted to be alive.
    lease_until TIMESTAMPTZ NOT NULL,
    stop_requested BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX turn_work ON turn (work_id, started_at);

-- One turn at a time for each learner's work.
CREATE UNIQUE INDEX turn_running ON turn (work_id) WHERE state = 'running';

CREATE TABLE turn_event (
    turn_id UUID NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL, -- from 1
    kind TEXT NOT NULL,        -- 'delta', 'block', 'done', 'error'
    payload JSONB NOT NULL,     -- JSON
    PRIMARY KEY (turn_id, sequence)
);
