-- Identity providers, whom they vouch for, and the sessions that came of it.

-- sealed_client_secret: by the master key in the context `identity-provider:ID`. group_mapping: JSON, a list of claim
-- value and group id; ids of groups that have gone are passed over.
CREATE TABLE identity_providers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    display_name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed_client_secret TEXT NOT NULL,
    scopes TEXT NOT NULL,
    groups_claim TEXT NOT NULL,
    username_claim TEXT NOT NULL,
    group_mapping TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id) ON DELETE SET NULL,
    sign_up TEXT NOT NULL,
    link_by_email INTEGER NOT NULL,
    require_verified_email INTEGER NOT NULL,
    email_domains TEXT NOT NULL,
    ca_pem TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);

-- The issuer is part of the key: a provider that is pointed at another issuer knows nobody any more.
CREATE TABLE external_identities (
    provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    last_login_at INTEGER NOT NULL,
    PRIMARY KEY (provider_id, issuer, subject)
);
CREATE INDEX external_identities_user ON external_identities (user_id);

-- sealed_id_token: in the context `id-token:SESSION ID`; empty where there is none. provider_session is the claim sid.
CREATE TABLE single_sign_on_sessions (
    session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    provider_session TEXT NOT NULL,
    sealed_id_token TEXT NOT NULL
);
CREATE INDEX single_sign_on_sessions_subject ON single_sign_on_sessions (provider_id, subject);

-- What a command line fetches its tokens with, once. sealed_result: in the context `sign-in-code:ID`.
CREATE TABLE sign_in_codes (
    id TEXT PRIMARY KEY,
    sealed_result TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX sign_in_codes_expiry ON sign_in_codes (expires_at);

-- Tickets and logout tokens that were used: each is good once.
CREATE TABLE spent_sign_in_tickets (
    id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
CREATE INDEX spent_sign_in_tickets_expiry ON spent_sign_in_tickets (expires_at);
