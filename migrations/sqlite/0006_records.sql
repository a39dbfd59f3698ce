-- What happened, in order; written in the transaction of what it records.

CREATE TABLE event (
    id BLOB PRIMARY KEY,
    at TEXT NOT NULL,
    work_id BLOB REFERENCES work (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX event_work ON event (work_id, at);
