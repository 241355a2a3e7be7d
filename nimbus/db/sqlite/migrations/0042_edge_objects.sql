-- Virtual hosts, upstreams and templates of the edge. What each says is in its versions, which never change.
CREATE TABLE edge_objects (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (workspace_id, kind, name)
);
CREATE TABLE edge_versions (
    object_id TEXT NOT NULL REFERENCES edge_objects (id),
    number INTEGER NOT NULL,
    spec TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    summary TEXT NOT NULL,
    restored_from INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (object_id, number)
);
-- What the current version of each uses: another of them, a certificate, a node.
CREATE TABLE edge_references (
    object_id TEXT NOT NULL REFERENCES edge_objects (id),
    field TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference_id TEXT NOT NULL,
    PRIMARY KEY (object_id, field)
);
CREATE INDEX edge_references_used ON edge_references (kind, reference_id);
-- Names and ports that the current version of each virtual host answers; in a workspace each is one's.
CREATE TABLE edge_host_names (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    port INTEGER NOT NULL,
    object_id TEXT NOT NULL REFERENCES edge_objects (id),
    PRIMARY KEY (workspace_id, name, port)
);
CREATE INDEX edge_host_names_of ON edge_host_names (object_id);
