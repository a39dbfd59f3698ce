-- Who comes, from where, and what frames us: what an administrator decided about a registration's launches, and what has
-- been seen of them.

-- No row: everything as LTT does it by itself.
CREATE TABLE launch_policy (
    registration_id UUID PRIMARY KEY REFERENCES registration (id) ON DELETE CASCADE,
    -- JSON, role → what it comes to: the lines that differ from LTT's own table.
    roles JSONB NOT NULL,
    -- JSON: the mapping rules; NULL: LTT's own.
    rules JSONB,
    -- 'first_launch', 'invitation', 'closed'
    provisioning TEXT NOT NULL,
    -- Whether learners' e-mail addresses are kept.
    keep_email BOOLEAN NOT NULL
);

-- Mapping rules of one placement; NULL: those of its registration.
ALTER TABLE resource_link ADD COLUMN rules JSONB;

-- Only where an administrator wants it kept.
ALTER TABLE learner ADD COLUMN email TEXT;

-- What the last launch said, without what says who the person is, to try mapping rules on.
CREATE TABLE last_claims (
    registration_id UUID PRIMARY KEY REFERENCES registration (id) ON DELETE CASCADE,
    claims JSONB NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX last_claims_at ON last_claims (at);

-- Secrets of this installation, made when they are first needed.
CREATE TABLE installation_secret (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL
);

-- Codes that let one person in each, where a registration is by invitation.
CREATE TABLE invitation_code (
    code_hash BYTEA PRIMARY KEY,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX invitation_code_expires_at ON invitation_code (expires_at);

-- People who are expected, by the platform's id.
CREATE TABLE invited (
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    PRIMARY KEY (registration_id, subject)
);

-- Somebody who was not let in, and may still show a code.
CREATE TABLE knock (
    ticket_hash BYTEA PRIMARY KEY,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX knock_expires_at ON knock (expires_at);

-- Sites that have framed LTT, or wanted to, without an administrator having named them.
CREATE TABLE frame_sighting (
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    -- Empty: the browser reported that a frame was blocked, and did not say on which site.
    origin TEXT NOT NULL,
    -- Whether the browser refused to show LTT there.
    blocked BOOLEAN NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (registration_id, origin)
);
