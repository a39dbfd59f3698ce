-- Who belongs to a course, as its platform says.

-- The way to a course's list of members, as a launch brought it, and how the last reading went.
CREATE TABLE roster (
    course_id BLOB PRIMARY KEY REFERENCES course (id) ON DELETE CASCADE,
    registration_id BLOB NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    memberships_url TEXT NOT NULL,
    -- Where the platform tells what has changed since the last complete reading; NULL: it does not.
    differences_url TEXT,
    -- Where the course's groups are listed; NULL: nowhere that LTT may look.
    groups_url TEXT,
    -- The newest launch of the course, by the hour.
    launched_at TEXT NOT NULL,
    -- 'new', 'complete', 'failed'
    state TEXT NOT NULL,
    -- Why the last reading failed, and what to do, in plain words.
    reason TEXT,
    -- When the roster was last read whole, and when that was last tried.
    synced_at TEXT,
    tried_at TEXT,
    -- When the list was last read from its first member to its last; differences count from there.
    whole_at TEXT,
    -- Which reading is under way, and until when it is trusted to be alive.
    claim BLOB,
    lease_until TEXT
) STRICT;
CREATE INDEX roster_launched_at ON roster (launched_at);

CREATE TABLE member (
    course_id BLOB NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    -- The platform's id of the person, the `sub` of their launches.
    subject TEXT NOT NULL,
    name TEXT,
    email TEXT,
    -- What the platform's roles come to.
    role TEXT NOT NULL,
    -- 'active', 'inactive'
    status TEXT NOT NULL,
    -- When they first and last stood in the roster.
    joined_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    -- The reading that saw them last.
    claim BLOB NOT NULL,
    PRIMARY KEY (course_id, subject)
) STRICT;

-- Groups inside a course.
CREATE TABLE course_group (
    course_id BLOB NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL,
    name TEXT NOT NULL,
    claim BLOB NOT NULL,
    PRIMARY KEY (course_id, group_id)
) STRICT;

CREATE TABLE group_member (
    course_id BLOB NOT NULL,
    subject TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (course_id, subject, group_id),
    FOREIGN KEY (course_id, subject) REFERENCES member (course_id, subject) ON DELETE CASCADE
) STRICT;

-- Whether names that launches left out are taken from the roster.
ALTER TABLE launch_policy ADD COLUMN roster_names INTEGER NOT NULL DEFAULT 1;

-- Whose project it is: who else belongs to an organisation neither sees nor changes it. NULL: the installation's, for all.
ALTER TABLE project ADD COLUMN organisation_id BLOB REFERENCES organisation (id) ON DELETE SET NULL;

-- The work that a launch was made to look at, from a cell of the gradebook; NULL: it was not.
ALTER TABLE launch ADD COLUMN reviews BLOB;
