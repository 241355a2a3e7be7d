-- Ports that resources open on nodes, and from where they are reached; `sources` is a JSON list.
CREATE TABLE firewall_rules (
    id TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    resource TEXT NOT NULL,
    protocol TEXT NOT NULL,
    first_port INTEGER NOT NULL,
    last_port INTEGER NOT NULL,
    sources TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (node_id, resource, protocol, first_port, last_port, sources)
);

-- Of each node that ever had one: how often its document has changed.
CREATE TABLE firewall_revisions (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id),
    revision INTEGER NOT NULL
);
