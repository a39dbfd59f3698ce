-- What happened, in order; written in the transaction of what it records.

CREATE TABLE event (
    id UUID PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    work_id UUID REFERENCES work (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    detail JSONB NOT NULL -- JSON
);
CREATE INDEX event_work ON event (work_id, at);
