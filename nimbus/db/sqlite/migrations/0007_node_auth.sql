-- Nodes that sign their requests with session keys, and nodes that wait for approval.

-- auth: mtls or session-key. approval: approved or waiting. mesh_key: the WireGuard public key of a node that waits,
-- which is in the control plane's device only.
ALTER TABLE nodes ADD COLUMN auth TEXT NOT NULL DEFAULT 'mtls';
ALTER TABLE nodes ADD COLUMN approval TEXT NOT NULL DEFAULT 'approved';
ALTER TABLE nodes ADD COLUMN mesh_key TEXT NOT NULL DEFAULT '';

-- approval: auto, approve, or as the setting `enrolment` says.
ALTER TABLE join_tokens ADD COLUMN approval TEXT NOT NULL DEFAULT '';

-- role: primary or secondary; of each a node has one at most that has not ended. sealed_secret: by the master key in
-- the context `session-key:ID`, empty when the key has ended.
CREATE TABLE node_session_keys (
    id TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id),
    role TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    ended_at INTEGER
);
CREATE UNIQUE INDEX node_session_keys_role ON node_session_keys (node_id, role) WHERE ended_at IS NULL;
