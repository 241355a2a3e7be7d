-- Virtual hosts, upstreams and templates of the edge. What each says is in its versions, which never change.
CREATE TABLE edge_objects (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_by text COLLATE "C" NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (workspace_id, kind, name)
);
CREATE TABLE edge_versions (
    object_id text COLLATE "C" NOT NULL REFERENCES edge_objects (id),
    number bigint NOT NULL,
    spec text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    summary text COLLATE "C" NOT NULL,
    restored_from bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (object_id, number)
);
-- What the current version of each uses: another of them, a certificate, a node.
CREATE TABLE edge_references (
    object_id text COLLATE "C" NOT NULL REFERENCES edge_objects (id),
    field text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    reference_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (object_id, field)
);
CREATE INDEX edge_references_used ON edge_references (kind, reference_id);
-- Names and ports that the current version of each virtual host answers; in a workspace each is one's.
CREATE TABLE edge_host_names (
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    port bigint NOT NULL,
    object_id text COLLATE "C" NOT NULL REFERENCES edge_objects (id),
    PRIMARY KEY (workspace_id, name, port)
);
CREATE INDEX edge_host_names_of ON edge_host_names (object_id);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_objects
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_versions
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_references
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_host_names
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
