-- Projects as their authors wrote them, and what each learner did.

-- One version of one project; never changed after its import.
CREATE TABLE project (
    id BLOB PRIMARY KEY,
    slug TEXT NOT NULL,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    -- The whole project in LTT's own JSON form.
    document TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    UNIQUE (slug, version)
) STRICT;

-- One learner's work on one project in one course, pinned to the version they started.
CREATE TABLE work (
    id BLOB PRIMARY KEY,
    learner_id BLOB NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    course_id BLOB NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    project_slug TEXT NOT NULL,
    project_id BLOB NOT NULL REFERENCES project (id),
    started_at TEXT NOT NULL,
    UNIQUE (learner_id, course_id, project_slug)
) STRICT;

-- Only what the learner did; 'blocked', and the state of a parent, are derived.
CREATE TABLE task_progress (
    work_id BLOB NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    state TEXT NOT NULL, -- 'in_progress', 'closed'
    points REAL NOT NULL,
    started_at TEXT NOT NULL,
    closed_at TEXT,
    -- Why it was opened again, where it was.
    reopened_reason TEXT,
    PRIMARY KEY (work_id, task)
) STRICT;

CREATE TABLE draft (
    work_id BLOB NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    content TEXT NOT NULL, -- as a submission's answer
    -- Counts up at every save, so that an older tab does not write over a newer one.
    revision INTEGER NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (work_id, task)
) STRICT;

CREATE TABLE submission (
    id BLOB PRIMARY KEY,
    work_id BLOB NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    answer TEXT NOT NULL, -- JSON: a text, or a list of texts
    verdict TEXT NOT NULL, -- 'accepted', 'not_yet', 'pending'
    points REAL NOT NULL,
    feedback TEXT NOT NULL, -- markdown
    -- What decided, so that the verdict can be explained and recomputed.
    validator TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    UNIQUE (work_id, task, attempt)
) STRICT;

-- Hints that a learner has been shown.
CREATE TABLE hint (
    work_id BLOB NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    level INTEGER NOT NULL, -- from 1
    -- How often the learner had handed something in, and said something about the task, when it was shown: the next
    -- one opens when either has grown.
    attempts INTEGER NOT NULL,
    said INTEGER NOT NULL,
    shown_at TEXT NOT NULL,
    PRIMARY KEY (work_id, task, level)
) STRICT;
