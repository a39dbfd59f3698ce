-- Projects as their authors wrote them, and what each learner did.

-- One version of one project; never changed after its import.
CREATE TABLE project (
    id UUID PRIMARY KEY,
    slug TEXT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    -- The whole project in LTT's own JSON form.
    document JSONB NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    UNIQUE (slug, version)
);

-- One learner's work on one project in one course, pinned to the version they started.
CREATE TABLE work (
    id UUID PRIMARY KEY,
    learner_id UUID NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    course_id UUID NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    project_slug TEXT NOT NULL,
    project_id UUID NOT NULL REFERENCES project (id),
    started_at TIMESTAMPTZ NOT NULL,
    UNIQUE (learner_id, course_id, project_slug)
);

-- Only what the learner did; 'blocked', and the state of a parent, are derived.
CREATE TABLE task_progress (
    work_id UUID NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    state TEXT NOT NULL, -- 'in_progress', 'closed'
    points DOUBLE PRECISION NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ,
    -- Why it was opened again, where it was.
    reopened_reason TEXT,
    PRIMARY KEY (work_id, task)
);

CREATE TABLE draft (
    work_id UUID NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    content TEXT NOT NULL, -- as a submission's answer
    -- Counts up at every save, so that an older tab does not write over a newer one.
    revision BIGINT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (work_id, task)
);

CREATE TABLE submission (
    id UUID PRIMARY KEY,
    work_id UUID NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    answer TEXT NOT NULL, -- JSON: a text, or a list of texts
    verdict TEXT NOT NULL, -- 'accepted', 'not_yet', 'pending'
    points DOUBLE PRECISION NOT NULL,
    feedback TEXT NOT NULL, -- markdown
    -- What decided, so that the verdict can be explained and recomputed.
    validator JSONB NOT NULL,
    submitted_at TIMESTAMPTZ NOT NULL,
    UNIQUE (work_id, task, attempt)
);

-- Hints that a learner has been shown.
CREATE TABLE hint (
    work_id UUID NOT NULL REFERENCES work (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    level BIGINT NOT NULL, -- from 1
    -- How often the learner had handed something in, and said something about the task, when it was shown: the next
    -- one opens when either has grown.
    attempts BIGINT NOT NULL,
    said BIGINT NOT NULL,
    shown_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (work_id, task, level)
);
