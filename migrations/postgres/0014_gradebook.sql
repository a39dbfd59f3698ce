-- Grades that really arrive: columns that LTT makes by itself, platforms that are not pressed while they are down, grades
-- that are read back, and courses that pause.

-- Which columns of the gradebook scores go to: 'claim', 'project', 'task'.
ALTER TABLE registration ADD COLUMN grade_columns TEXT NOT NULL DEFAULT 'claim';

-- A column of a gradebook that scores of one course go to, for all its learners: one that launches name, or one that LTT
-- makes by itself, or finds there again.
CREATE TABLE gradebook_column (
    id UUID PRIMARY KEY,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    course_id UUID NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    -- What tells it from the course's other columns, whatever its address.
    name TEXT NOT NULL,
    -- What it is called by in the gradebook where LTT makes it: a project, or a project and a task.
    resource_id TEXT NOT NULL,
    label TEXT NOT NULL,
    maximum DOUBLE PRECISION NOT NULL,
    -- The activity it belongs to, by the platform's id.
    link_id TEXT NOT NULL,
    -- Its address; NULL until it has been made.
    url TEXT,
    -- Until when a worker is making it.
    making_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (registration_id, deployment_id, course_id, name)
);

-- Its column, whose address holds in place of the one here; NULL: not opened since there are columns.
ALTER TABLE line_item ADD COLUMN column_id UUID REFERENCES gradebook_column (id) ON DELETE CASCADE;
-- JSON: what the newest launch lets LTT do with the gradebook; NULL: send scores.
ALTER TABLE line_item ADD COLUMN access JSONB;
CREATE INDEX line_item_column ON line_item (column_id);
CREATE INDEX line_item_learner ON line_item (registration_id, subject);

-- Whose gradebook it goes to.
ALTER TABLE score ADD COLUMN platform_id UUID REFERENCES platform (id) ON DELETE CASCADE;
-- Since when it is on its way, its last being sent again included; NULL: since it changed.
ALTER TABLE score ADD COLUMN waiting_since TIMESTAMPTZ;
-- The stable name of what went wrong, and what can be done about it, for those who teach.
ALTER TABLE score ADD COLUMN fault TEXT;
ALTER TABLE score ADD COLUMN remedy TEXT;
-- When the gradebook is asked what it shows, how often it has been asked, and what it showed, of 1.
ALTER TABLE score ADD COLUMN check_at TIMESTAMPTZ;
ALTER TABLE score ADD COLUMN checks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN shown DOUBLE PRECISION;
ALTER TABLE score ADD COLUMN confirmed_at TIMESTAMPTZ;
UPDATE score SET platform_id = (
    SELECT registration.platform_id FROM line_item JOIN registration ON registration.id = line_item.registration_id
    WHERE line_item.id = score.line_item_id
);
DROP INDEX score_due;
CREATE INDEX score_due ON score (platform_id, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX score_check ON score (check_at) WHERE check_at IS NOT NULL;

-- How deliveries to a platform go, for all workers alike. No row: nothing is known.
CREATE TABLE gradebook_health (
    platform_id UUID PRIMARY KEY REFERENCES platform (id) ON DELETE CASCADE,
    -- Failures in a row that were the platform's.
    failures BIGINT NOT NULL,
    failed_at TIMESTAMPTZ,
    -- Until when nothing is sent there; then one score goes ahead, and the others when it was taken.
    paused_until TIMESTAMPTZ,
    -- Until when the score that goes ahead is waited for.
    probed_until TIMESTAMPTZ,
    -- Why, in plain words.
    reason TEXT,
    remedy TEXT,
    taken_at TIMESTAMPTZ,
    -- When a worker last turned to it, and how many scores it took in that second.
    turned_at TIMESTAMPTZ,
    turn_second TIMESTAMPTZ,
    in_turn_second BIGINT NOT NULL DEFAULT 0
);

-- Courses whose grades are held back.
CREATE TABLE paused_course (
    course_id UUID PRIMARY KEY REFERENCES course (id) ON DELETE CASCADE,
    since TIMESTAMPTZ NOT NULL
);
