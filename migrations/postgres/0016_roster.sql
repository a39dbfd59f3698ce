-- Who belongs to a course, as its platform says.

-- The way to a course's list of members, as a launch brought it, and how the last reading went.
CREATE TABLE roster (
    course_id UUID PRIMARY KEY REFERENCES course (id) ON DELETE CASCADE,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    memberships_url TEXT NOT NULL,
    -- Where the platform tells what has changed since the last complete reading; NULL: it does not.
    differences_url TEXT,
    -- Where the course's groups are listed; NULL: nowhere that LTT may look.
    groups_url TEXT,
    -- The newest launch of the course, by the hour.
    launched_at TIMESTAMPTZ NOT NULL,
    -- 'new', 'complete', 'failed'
    state TEXT NOT NULL,
    -- Why the last reading failed, and what to do, in plain words.
    reason TEXT,
    -- When the roster was last read whole, and when that was last tried.
    synced_at TIMESTAMPTZ,
    tried_at TIMESTAMPTZ,
    -- When the list was last read from its first member to its last; differences count from there.
    whole_at TIMESTAMPTZ,
    -- Which reading is under way, and until when it is trusted to be alive.
    claim UUID,
    lease_until TIMESTAMPTZ
);
CREATE INDEX roster_launched_at ON roster (launched_at);

CREATE TABLE member (
    course_id UUID NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    -- The platform's id of the person, the `sub` of their launches.
    subject TEXT NOT NULL,
    name TEXT,
    email TEXT,
    -- What the platform's roles come to.
    role TEXT NOT NULL,
    -- 'active', 'inactive'
    status TEXT NOT NULL,
    -- When they first and last stood in the roster.
    joined_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    -- The reading that saw them last.
    claim UUID NOT NULL,
    PRIMARY KEY (course_id, subject)
);

-- Groups inside a course.
CREATE TABLE course_group (
    course_id UUID NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL,
    name TEXT NOT NULL,
    claim UUID NOT NULL,
    PRIMARY KEY (course_id, group_id)
);

CREATE TABLE group_member (
    course_id UUID NOT NULL,
    subject TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (course_id, subject, group_id),
    FOREIGN KEY (course_id, subject) REFERENCES member (course_id, subject) ON DELETE CASCADE
);

-- Whether names that launches left out are taken from the roster.
ALTER TABLE launch_policy ADD COLUMN roster_names BOOLEAN NOT NULL DEFAULT TRUE;

-- Whose project it is: who else belongs to an organisation neither sees nor changes it. NULL: the installation's, for all.
ALTER TABLE project ADD COLUMN organisation_id UUID REFERENCES organisation (id) ON DELETE SET NULL;

-- The work that a launch was made to look at, from a cell of the gradebook; NULL: it was not.
ALTER TABLE launch ADD COLUMN reviews UUID;
