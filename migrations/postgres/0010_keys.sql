-- The life of LTT's keys: each is published before it signs, and for a while after. A registration may have keys of its own.

-- NULL: the key signs for every registration that has none of its own.
ALTER TABLE tool_key ADD COLUMN registration_id UUID REFERENCES registration (id) ON DELETE CASCADE;
ALTER TABLE tool_key ADD COLUMN activated_at TIMESTAMPTZ;
ALTER TABLE tool_key ADD COLUMN retired_at TIMESTAMPTZ;
UPDATE tool_key SET activated_at = created_at WHERE state <> 'next';
UPDATE tool_key SET retired_at = created_at WHERE state = 'retired';

-- Each owner has at most one key that signs and one that will. private_key holds PKCS#8 PEM, or an envelope around it.
DROP INDEX tool_key_active;
CREATE UNIQUE INDEX tool_key_shared ON tool_key (state) WHERE registration_id IS NULL AND state <> 'retired';
CREATE UNIQUE INDEX tool_key_own ON tool_key (registration_id, state)
    WHERE registration_id IS NOT NULL AND state <> 'retired';
