-- Ways of the mesh are measured in turns: some are idle; how long packets took is kept, and since when an address is
-- whose.
ALTER TABLE mesh_probes ADD COLUMN idle BLOB NOT NULL DEFAULT x'';
ALTER TABLE mesh_probes ADD COLUMN oldest_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mesh_addresses ADD COLUMN owned_since INTEGER NOT NULL DEFAULT 0;
CREATE TABLE mesh_history (
    node_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    start INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (node_id, step, start)
);
CREATE INDEX mesh_history_by_start ON mesh_history (step, start);
