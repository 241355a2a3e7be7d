-- Secrets of workspaces with their versions and who uses them, and the master keys that were ever used.

-- version: the current one.
CREATE TABLE secrets (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    version INTEGER NOT NULL,
    last_read_at INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);

-- encoding: text or base64. sealed_value: by the master key in the context `secret:SECRET_ID:VERSION:ENCODING`.
CREATE TABLE secret_versions (
    secret_id TEXT NOT NULL REFERENCES secrets (id),
    version INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    sealed_value TEXT NOT NULL,
    restored_from INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (secret_id, version)
);
-- Values are long: which master keys they name is told without reading them.
CREATE INDEX secret_versions_master_key ON secret_versions (SUBSTR(sealed_value, 1, 17));

CREATE TABLE secret_references (
    secret_id TEXT NOT NULL REFERENCES secrets (id),
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    field TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (secret_id, resource_kind, resource_id, field)
);
CREATE INDEX secret_references_resource ON secret_references (resource_kind, resource_id);

-- Key ids, never keys.
CREATE TABLE master_keys (
    key_id TEXT PRIMARY KEY,
    adopted_at INTEGER NOT NULL,
    adopted_by TEXT NOT NULL,
    retired_at INTEGER
);
