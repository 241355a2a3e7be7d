-- Revisions for If-Match, organizations and workspaces that can be changed, roles, groups, and keys that are
-- more than an administrator's pair.

ALTER TABLE nodes ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

ALTER TABLE organizations ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
ALTER TABLE organizations ADD COLUMN cross_workspace_visibility INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
UPDATE organizations SET updated_at = created_at;

ALTER TABLE workspaces ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE workspaces ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
ALTER TABLE workspaces ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
UPDATE workspaces SET updated_at = created_at;

-- Built-in roles are in the code and have no row.
CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization_id, name)
);

-- principal_kind: user, group or key; scope_kind: organization or workspace.
CREATE TABLE role_bindings (
    id TEXT PRIMARY KEY,
    role_id TEXT NOT NULL,
    principal_kind TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    workspace_id TEXT REFERENCES workspaces (id),
    source TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX role_bindings_once
    ON role_bindings (principal_kind, principal_id, role_id, organization_id, COALESCE(workspace_id, ''));
CREATE INDEX role_bindings_scope ON role_bindings (organization_id, workspace_id);
CREATE INDEX role_bindings_role ON role_bindings (role_id);

CREATE TABLE groups (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization_id, name)
);

-- source: manual, or the identity provider that says so.
CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES groups (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    source TEXT NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_user ON group_members (user_id);

-- A personal key acts as its user; a service key has bindings of its own. kind: hmac (sealed_secret) or api-key
-- (secret_hash). workspace_id, role_id and tenant narrow what it may.
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    organization_id TEXT REFERENCES organizations (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    access_key TEXT NOT NULL UNIQUE,
    sealed_secret TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    previous_access_key TEXT NOT NULL,
    previous_sealed_secret TEXT NOT NULL,
    previous_secret_hash TEXT NOT NULL,
    previous_until INTEGER,
    workspace_id TEXT REFERENCES workspaces (id),
    role_id TEXT,
    tenant TEXT NOT NULL,
    labels TEXT NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    last_used_from TEXT NOT NULL,
    rotated_at INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revoked_at INTEGER,
    revision INTEGER NOT NULL
);
CREATE INDEX keys_previous ON keys (previous_access_key) WHERE previous_access_key <> '';
CREATE INDEX keys_user ON keys (user_id);
CREATE UNIQUE INDEX keys_name ON keys (COALESCE(user_id, organization_id), name) WHERE revoked_at IS NULL;

INSERT INTO keys
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'
        || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
    NULL, lower(access_key), 'hmac', user_id, access_key, sealed_secret, '', '', '', '', NULL, NULL, NULL, '', '{}',
    NULL, NULL, '', NULL, 'system', created_at, created_at, revoked_at, 1
FROM access_keys;
DROP TABLE access_keys;

-- Answers to creations that were asked for with an Idempotency-Key; sealed, for some show a secret.
CREATE TABLE idempotency_keys (
    principal TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    sealed_fingerprint TEXT NOT NULL,
    status INTEGER,
    sealed_answer TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
