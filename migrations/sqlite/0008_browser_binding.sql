-- Browsers that refuse the cookie prove themselves by what they keep in storage.

-- Logins last ten minutes: those under way begin again.
DROP TABLE login;

-- A login that waits for its launch; the launch takes it by DELETE … RETURNING.
CREATE TABLE login (
    state_hash BLOB PRIMARY KEY,
    nonce_hash BLOB NOT NULL,
    -- SHA-256 of the secret in the browser's cookie.
    browser_hash BLOB NOT NULL,
    -- SHA-256 of the secret in the frame's or the platform's storage.
    storage_hash BLOB NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    deployment_id TEXT,
    -- What the platform said at the login, so that it can be begun again in a window of its own.
    login_hint TEXT NOT NULL,
    lti_message_hint TEXT,
    -- The frame in which the platform offers to keep things.
    storage_target TEXT,
    target_link_uri TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX login_expires_at ON login (expires_at);

-- A launch whose token is good, and whose browser still has to prove that it began the login; the proof takes it by
-- DELETE … RETURNING.
CREATE TABLE held_launch (
    ticket_hash BLOB PRIMARY KEY,
    -- As it came; removed with the row, by the proof or two minutes later.
    id_token TEXT NOT NULL,
    arrived_at TEXT NOT NULL,
    proof_until TEXT NOT NULL,
    -- From here on, the login.
    state_hash BLOB NOT NULL,
    nonce_hash BLOB NOT NULL,
    browser_hash BLOB NOT NULL,
    storage_hash BLOB NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    deployment_id TEXT,
    login_hint TEXT NOT NULL,
    lti_message_hint TEXT,
    storage_target TEXT,
    target_link_uri TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX held_launch_proof_until ON held_launch (proof_until);

-- SHA-256 of the secret in the cookie that goes with the code, so that nobody else's code opens a session in this browser.
ALTER TABLE activity_code ADD COLUMN browser_hash BLOB;

-- launch.binding is one of 'cookie', 'frame_storage', 'platform_storage', 'window', and is counted per registration.
CREATE INDEX launch_registration ON launch (registration_id, binding);
