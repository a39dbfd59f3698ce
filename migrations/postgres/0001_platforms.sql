-- Learning platforms, their registrations of LTT, and the keys LTT signs with.

-- One issuer (and one tenant, where an issuer serves many) with all its registrations.
CREATE TABLE platform (
    id UUID PRIMARY KEY,
    issuer TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- A client id that a platform gave to LTT. Open edX gives one to each block.
CREATE TABLE registration (
    id UUID PRIMARY KEY,
    platform_id UUID NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    auth_url TEXT NOT NULL,
    token_url TEXT NOT NULL,
    -- The audience of LTT's assertions where it is not the token URL (Brightspace).
    token_audience TEXT,
    jwks_url TEXT NOT NULL,
    -- 'learn': a deployment is taken over at its first launch; 'closed': only those listed may launch.
    deployment_policy TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (issuer, client_id)
);

CREATE TABLE deployment (
    id UUID PRIMARY KEY,
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    -- As the platform spells it; compared exactly, case included.
    deployment_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (registration_id, deployment_id)
);

-- Origins that may frame LTT's pages for this registration, beside those its own addresses tell.
CREATE TABLE frame_ancestor (
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    origin TEXT NOT NULL,
    PRIMARY KEY (registration_id, origin)
);

-- Further hosts of the platform's own that may be sent its access tokens.
CREATE TABLE service_host (
    registration_id UUID NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    PRIMARY KEY (registration_id, host)
);

-- LTT's own RSA keys.
CREATE TABLE tool_key (
    kid TEXT PRIMARY KEY,
    private_key TEXT NOT NULL, -- PKCS#8 PEM
    state TEXT NOT NULL,       -- 'next', 'active', 'retired'
    created_at TIMESTAMPTZ NOT NULL
);

-- At most one key signs.
CREATE UNIQUE INDEX tool_key_active ON tool_key (state) WHERE state = 'active';
