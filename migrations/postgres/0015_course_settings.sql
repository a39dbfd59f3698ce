-- What whoever teaches a course decided: for all of it, and about single answers.

-- No row: the tutor is on, and there are no dates.
CREATE TABLE course_setting (
    course_id UUID PRIMARY KEY REFERENCES course (id) ON DELETE CASCADE,
    tutor TEXT NOT NULL, -- 'on', 'hints', 'off'
    -- Before it learners only see when it opens.
    opens_at TIMESTAMPTZ,
    -- After it no answers are taken.
    due_at TIMESTAMPTZ
);

-- What a person decided in place of the check; the submission keeps what the check said.
CREATE TABLE decision (
    submission_id UUID PRIMARY KEY REFERENCES submission (id) ON DELETE CASCADE,
    verdict TEXT NOT NULL, -- 'accepted', 'not_yet'
    points DOUBLE PRECISION NOT NULL,
    reason TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    -- The points the task had earned before, so that the decision can be undone; NULL: it was not closed.
    points_before DOUBLE PRECISION
);

-- Whether somebody who teaches looks at the activity as a learner; swept like a guest.
ALTER TABLE launch ADD COLUMN preview BOOLEAN NOT NULL DEFAULT FALSE;

-- A class is read course by course.
CREATE INDEX launch_course ON launch (course_id);
CREATE INDEX work_course ON work (course_id, project_slug);
