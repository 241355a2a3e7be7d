-- The audit log as a chain of keyed hashes, and the events that clients follow.

ALTER TABLE audit_log ADD COLUMN organization_id TEXT;
-- '' until the chain is begun: at the first start after this migration, for all rows that are there.
ALTER TABLE audit_log ADD COLUMN hash TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_actor ON audit_log (actor_id);
CREATE INDEX audit_log_workspace ON audit_log (workspace_id);

-- sealed_key: 32 bytes in hex, sealed by the master key in the context `audit-key:ID`.
CREATE TABLE audit_keys (
    id TEXT PRIMARY KEY,
    sealed_key TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

-- One row. The anchor is the last row that was taken away by age (0: none), the head is the newest row; each with
-- a MAC of its own.
CREATE TABLE audit_chain (
    id INTEGER PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES audit_keys (id),
    anchor_sequence INTEGER NOT NULL,
    anchor_hash TEXT NOT NULL,
    anchor_mac TEXT NOT NULL,
    head_sequence INTEGER NOT NULL,
    head_hash TEXT NOT NULL,
    head_mac TEXT NOT NULL
);

-- permission: what it takes to read the resource. Sequences have no gaps.
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    workspace_id TEXT,
    organization_id TEXT,
    permission TEXT NOT NULL,
    data TEXT NOT NULL
);

-- One row: the newest sequence that was given, and the newest that was taken away by age.
CREATE TABLE event_cursor (
    id INTEGER PRIMARY KEY,
    newest INTEGER NOT NULL,
    pruned_through INTEGER NOT NULL
);
INSERT INTO event_cursor (id, newest, pruned_through) VALUES (1, 0, 0);
