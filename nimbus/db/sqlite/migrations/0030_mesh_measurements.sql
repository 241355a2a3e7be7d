-- What nodes measured of the mesh is kept in a tenth of the room: sets of members as bits, numbers packed. The rows
-- of before go; nodes measure anew.
DROP TABLE mesh_probes;
CREATE TABLE mesh_probes (
    node_id TEXT PRIMARY KEY,
    measured_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    measured BLOB NOT NULL,
    direct BLOB NOT NULL,
    relayed BLOB NOT NULL,
    hub_rtt_ms REAL,
    rtt_ms REAL,
    packed BLOB NOT NULL,
    whole TEXT NOT NULL
);
