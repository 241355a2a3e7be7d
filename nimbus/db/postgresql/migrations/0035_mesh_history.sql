-- Ways of the mesh are measured in turns: some are idle; how long packets took is kept, and since when an address is
-- whose.
ALTER TABLE mesh_probes ADD COLUMN idle bytea NOT NULL DEFAULT '';
ALTER TABLE mesh_probes ADD COLUMN oldest_at bigint NOT NULL DEFAULT 0;
ALTER TABLE mesh_addresses ADD COLUMN owned_since bigint NOT NULL DEFAULT 0;
CREATE TABLE mesh_history (
    node_id text COLLATE "C" NOT NULL,
    step bigint NOT NULL,
    start bigint NOT NULL,
    packed bytea NOT NULL,
    PRIMARY KEY (node_id, step, start)
);
CREATE INDEX mesh_history_by_start ON mesh_history (step, start);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mesh_history
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
