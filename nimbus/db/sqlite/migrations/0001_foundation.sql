-- The foundation: workspaces, people, nodes, mesh, tasks, audit.
-- Times are microseconds since the Unix epoch; ids are UUIDs as text; JSON is text that only code reads.

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
);

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE audit_log (
    id TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    workspace_id TEXT,
    source TEXT NOT NULL,
    request_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    diff TEXT NOT NULL
);

CREATE INDEX audit_log_resource ON audit_log (resource_kind, resource_id);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    is_admin INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
);

CREATE TABLE access_keys (
    access_key TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    sealed_secret TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);

CREATE TABLE spent_signatures (
    signature TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE INDEX spent_signatures_expiry ON spent_signatures (expires_at);

CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    hostname TEXT NOT NULL,
    deployment_mode TEXT NOT NULL,
    version TEXT NOT NULL,
    public_ip TEXT NOT NULL,
    overlay_ip TEXT NOT NULL,
    state TEXT NOT NULL,
    maintenance INTEGER NOT NULL,
    capabilities TEXT NOT NULL,
    labels TEXT NOT NULL,
    facts TEXT NOT NULL,
    report TEXT NOT NULL,
    last_seen_at INTEGER,
    state_since INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);

CREATE UNIQUE INDEX nodes_name ON nodes (workspace_id, name) WHERE deleted_at IS NULL;

CREATE TABLE node_certificates (
    serial TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
);

CREATE INDEX node_certificates_node ON node_certificates (node_id);

CREATE TABLE join_tokens (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    node_id TEXT REFERENCES nodes (id),
    provisional_key TEXT NOT NULL,
    overlay_ip TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    used_fingerprint TEXT NOT NULL,
    closed_at INTEGER
);

CREATE INDEX join_tokens_open ON join_tokens (expires_at) WHERE closed_at IS NULL;

CREATE TABLE mesh_state (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    forgotten_before INTEGER NOT NULL
);

CREATE TABLE mesh_addresses (
    address INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    released_at INTEGER
);

CREATE TABLE mesh_peers (
    node_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    address TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    revision INTEGER NOT NULL,
    removed_at INTEGER
);

CREATE INDEX mesh_peers_revision ON mesh_peers (revision);

CREATE TABLE mesh_provisional_peers (
    token_id TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE mesh_probes (
    node_id TEXT PRIMARY KEY,
    measured_at INTEGER NOT NULL,
    links TEXT NOT NULL
);

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    node_id TEXT NOT NULL REFERENCES nodes (id),
    kind TEXT NOT NULL,
    parameters TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    timeout_s INTEGER NOT NULL,
    waiting_for INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    leased_until INTEGER,
    cancel_requested_at INTEGER,
    percent INTEGER,
    result TEXT,
    truncated INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    error TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
);

CREATE INDEX tasks_open ON tasks (node_id, due_at) WHERE state IN ('queued', 'running');

CREATE INDEX tasks_created ON tasks (created_at);

CREATE TABLE task_dependencies (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    needs TEXT NOT NULL REFERENCES tasks (id),
    PRIMARY KEY (task_id, needs)
);

CREATE INDEX task_dependencies_needs ON task_dependencies (needs);

CREATE TABLE task_log (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    attempt INTEGER NOT NULL,
    line INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (task_id, attempt, line)
);
