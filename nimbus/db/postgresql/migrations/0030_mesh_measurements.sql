-- What nodes measured of the mesh is kept in a tenth of the room: sets of members as bits, numbers packed. The rows
-- of before go; nodes measure anew.
DROP TABLE mesh_probes;
CREATE TABLE mesh_probes (
    node_id text COLLATE "C" PRIMARY KEY,
    measured_at bigint NOT NULL,
    revision bigint NOT NULL,
    measured bytea NOT NULL,
    direct bytea NOT NULL,
    relayed bytea NOT NULL,
    hub_rtt_ms double precision,
    rtt_ms double precision,
    packed bytea NOT NULL,
    whole text COLLATE "C" NOT NULL
);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mesh_probes
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
