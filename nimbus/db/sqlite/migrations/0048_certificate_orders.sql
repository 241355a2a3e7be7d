-- Certificates that are ordered from a certificate authority (ACME), and the accounts there.
CREATE TABLE acme_accounts (
    id TEXT PRIMARY KEY,
    directory TEXT NOT NULL,
    external_key_id TEXT NOT NULL,
    uri TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (directory, external_key_id)
);
CREATE TABLE certificate_issuances (
    certificate_id TEXT PRIMARY KEY REFERENCES certificates (id),
    domains TEXT NOT NULL,
    challenge TEXT NOT NULL,
    key_type TEXT NOT NULL,
    renew_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    order_url TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    tokens TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    problem TEXT NOT NULL
);
CREATE INDEX certificate_issuances_next ON certificate_issuances (next_at);
CREATE INDEX acme_accounts_master_key ON acme_accounts (SUBSTR(sealed_key, 1, 17));
CREATE INDEX certificate_issuances_master_key ON certificate_issuances (SUBSTR(sealed_key, 1, 17));
