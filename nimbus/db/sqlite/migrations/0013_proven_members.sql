-- A WireGuard key is one member's. Who joins proves that it has the private one before the others hear of it.

-- Peers of the control plane's device alone, until their key has shaken hands with it. Then the row moves to mesh_peers.
CREATE TABLE mesh_candidates (
    node_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

-- Of members with one key or one address the node that is there longest stays one. The control plane puts the checksum
-- right when it starts.
DELETE FROM mesh_peers WHERE removed_at IS NULL AND EXISTS (
    SELECT 1 FROM mesh_peers AS other
    LEFT JOIN nodes AS older ON older.id = other.node_id
    LEFT JOIN nodes AS own ON own.id = mesh_peers.node_id
    WHERE other.removed_at IS NULL AND other.node_id <> mesh_peers.node_id
        AND (other.public_key = mesh_peers.public_key OR other.address = mesh_peers.address)
        AND (COALESCE(older.created_at, 0), other.node_id) < (COALESCE(own.created_at, 0), mesh_peers.node_id)
);
CREATE UNIQUE INDEX mesh_peers_key ON mesh_peers (public_key) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX mesh_peers_address ON mesh_peers (address) WHERE removed_at IS NULL;

DELETE FROM mesh_provisional_peers WHERE EXISTS (
    SELECT 1 FROM mesh_provisional_peers AS other
    WHERE other.token_id <> mesh_provisional_peers.token_id AND other.public_key = mesh_provisional_peers.public_key
        AND (other.created_at, other.token_id) < (mesh_provisional_peers.created_at, mesh_provisional_peers.token_id)
);
CREATE UNIQUE INDEX mesh_provisional_peers_key ON mesh_provisional_peers (public_key);

-- Of nodes that wait for approval.
UPDATE nodes SET mesh_key = '' WHERE mesh_key <> '' AND (deleted_at IS NOT NULL OR EXISTS (
    SELECT 1 FROM nodes AS other
    WHERE other.deleted_at IS NULL AND other.id <> nodes.id AND other.mesh_key = nodes.mesh_key
        AND (other.created_at, other.id) < (nodes.created_at, nodes.id)
));
CREATE UNIQUE INDEX nodes_mesh_key ON nodes (mesh_key) WHERE mesh_key <> '' AND deleted_at IS NULL;
