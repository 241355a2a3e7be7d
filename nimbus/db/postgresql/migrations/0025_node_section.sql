-- oldest: 24
-- What nodes are told of the control plane itself: how often it has changed, and its checksum.
CREATE TABLE node_section (
    id bigint PRIMARY KEY CHECK (id = 1),
    revision bigint NOT NULL,
    checksum text COLLATE "C" NOT NULL
);

CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON node_section
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
