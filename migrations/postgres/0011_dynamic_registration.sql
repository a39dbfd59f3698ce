-- How platforms and their deployments come in without anybody copying values: by invitation, and by approval.

-- A link by which a platform registers LTT with itself, once (LTI Dynamic Registration 1.0).
CREATE TABLE invite (
    id UUID PRIMARY KEY,
    -- SHA-256 of the secret in the link.
    secret_hash BYTEA NOT NULL UNIQUE,
    -- What the registration will be called; NULL: what the platform calls itself.
    name TEXT,
    -- Whether what comes of it waits for an administrator.
    approve BOOLEAN NOT NULL,
    organisation_id UUID REFERENCES organisation (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- Since when a registration is under way; one that ends without success gives the invite back.
    taken_at TIMESTAMPTZ,
    used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);

-- A registration that waits for an administrator; nobody can launch by it.
CREATE TABLE pending_registration (
    id UUID PRIMARY KEY,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    organisation_id UUID REFERENCES organisation (id) ON DELETE CASCADE,
    -- Everything that the registration will be made of.
    proposal JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (issuer, client_id)
);

-- A deployment that has launched and waits for an administrator.
CREATE TABLE waiting_deployment (
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    -- As the platform spells it; compared exactly, case included.
    deployment_id TEXT NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (registration_id, deployment_id)
);
