-- Nodes that serve as edges, and what each said last of itself.
CREATE TABLE edge_nodes (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    settings TEXT NOT NULL,
    shared_with TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);
CREATE TABLE edge_reports (
    node_id TEXT PRIMARY KEY REFERENCES edge_nodes (node_id) ON DELETE CASCADE,
    reported_at INTEGER NOT NULL,
    report TEXT NOT NULL
);
-- The section `edge` of each node that ever was one: differences are told from the revision `kept_from` on. `head`
-- holds what decides how the file that is read before all others is written.
CREATE TABLE edge_sections (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    revision INTEGER NOT NULL,
    kept_from INTEGER NOT NULL,
    is_edge INTEGER NOT NULL,
    settings TEXT NOT NULL,
    settings_revision INTEGER NOT NULL,
    head TEXT NOT NULL
);
CREATE TABLE edge_entries (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    is_gone INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (node_id, kind, name)
);
CREATE INDEX edge_entries_changed ON edge_entries (node_id, revision);
CREATE INDEX edge_entries_owner ON edge_entries (owner);
CREATE INDEX edge_entries_certificate ON edge_entries (name) WHERE kind = 'certificate';
CREATE INDEX edge_entries_text ON edge_entries (sha256) WHERE sha256 <> '';
CREATE TABLE edge_texts (
    sha256 TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    used_at INTEGER NOT NULL
);
-- Upstream blocks of edges with servers that are nodes, and the nodes that get no requests now.
CREATE TABLE edge_node_servers (
    target_id TEXT NOT NULL,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    name TEXT NOT NULL,
    PRIMARY KEY (target_id, node_id, name)
);
CREATE INDEX edge_node_servers_of_edge ON edge_node_servers (node_id, name);
CREATE TABLE edge_drained (
    node_id TEXT PRIMARY KEY,
    since INTEGER NOT NULL
);
CREATE TABLE edge_challenges (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    token TEXT NOT NULL,
    key_authorization TEXT NOT NULL,
    PRIMARY KEY (node_id, token)
);
CREATE TABLE edge_challenge_revisions (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    revision INTEGER NOT NULL
);
