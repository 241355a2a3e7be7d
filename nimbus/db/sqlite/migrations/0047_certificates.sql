-- Certificates that edges serve. What is served is in versions, which never change.
CREATE TABLE certificates (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    version INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    warned_days INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);
CREATE TABLE certificate_versions (
    certificate_id TEXT NOT NULL REFERENCES certificates (id),
    number INTEGER NOT NULL,
    chain TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    names TEXT NOT NULL,
    key_type TEXT NOT NULL,
    serial TEXT NOT NULL,
    issuer TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (certificate_id, number)
);
CREATE INDEX certificates_end ON certificates (not_after);
CREATE INDEX certificate_versions_master_key ON certificate_versions (SUBSTR(sealed_key, 1, 17));
