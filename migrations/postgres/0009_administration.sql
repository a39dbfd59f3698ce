-- Direct browser use: who signs in here, and whose platforms they see.

CREATE TABLE organisation (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);

-- Somebody who signs in here in a plain browser; no learner of a platform, and never linked to one.
CREATE TABLE account (
    id UUID PRIMARY KEY,
    -- In lower case, as it is typed to sign in.
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL, -- 'administrator', 'instructor'
    -- NULL: belongs to the installation, and sees the platforms of all organisations.
    organisation_id UUID REFERENCES organisation (id) ON DELETE CASCADE,
    -- Argon2id, with its salt and parameters; NULL: signs in by links only.
    password_hash TEXT,
    created_at TIMESTAMPTZ NOT NULL
);

-- A link that signs somebody in once; taken by DELETE … RETURNING.
CREATE TABLE sign_in_link (
    secret_hash BYTEA PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_link_expires_at ON sign_in_link (expires_at);

-- A browser that is signed in; there is nothing in the session but whose it is.
CREATE TABLE browser_session (
    id_hash BYTEA PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX browser_session_account ON browser_session (account_id);

-- Attempts to sign in by password that have not succeeded, so that guessing is slow.
CREATE TABLE sign_in_attempt (
    id UUID PRIMARY KEY,
    -- SHA-256 of the name that was typed: it may be a password in the wrong field.
    name_hash BYTEA NOT NULL,
    client TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_attempt_at ON sign_in_attempt (at);

-- NULL: the installation's own.
ALTER TABLE platform ADD COLUMN organisation_id UUID REFERENCES organisation (id);

-- Which learning platform it is: 'open_edx', 'moodle', 'canvas', 'brightspace', 'blackboard', 'sakai', 'other'.
ALTER TABLE registration ADD COLUMN family TEXT NOT NULL DEFAULT 'other';
-- Since when its launches are refused; NULL: they are not.
ALTER TABLE registration ADD COLUMN disabled_at TIMESTAMPTZ;

CREATE INDEX launch_log_registration ON launch_log (registration_id, at);
