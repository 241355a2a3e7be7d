-- Nodes that serve as edges, and what each said last of itself.
CREATE TABLE edge_nodes (
    node_id text COLLATE "C" PRIMARY KEY REFERENCES nodes (id),
    settings text COLLATE "C" NOT NULL,
    shared_with text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE TABLE edge_reports (
    node_id text COLLATE "C" PRIMARY KEY REFERENCES edge_nodes (node_id) ON DELETE CASCADE,
    reported_at bigint NOT NULL,
    report text COLLATE "C" NOT NULL
);
-- The section `edge` of each node that ever was one: differences are told from the revision `kept_from` on. `head`
-- holds what decides how the file that is read before all others is written.
CREATE TABLE edge_sections (
    node_id text COLLATE "C" PRIMARY KEY REFERENCES nodes (id),
    revision bigint NOT NULL,
    kept_from bigint NOT NULL,
    is_edge bigint NOT NULL,
    settings text COLLATE "C" NOT NULL,
    settings_revision bigint NOT NULL,
    head text COLLATE "C" NOT NULL
);
CREATE TABLE edge_entries (
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    is_gone bigint NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (node_id, kind, name)
);
CREATE INDEX edge_entries_changed ON edge_entries (node_id, revision);
CREATE INDEX edge_entries_owner ON edge_entries (owner);
CREATE INDEX edge_entries_certificate ON edge_entries (name) WHERE kind = 'certificate';
CREATE INDEX edge_entries_text ON edge_entries (sha256) WHERE sha256 <> '';
CREATE TABLE edge_texts (
    sha256 text COLLATE "C" PRIMARY KEY,
    text text COLLATE "C" NOT NULL,
    used_at bigint NOT NULL
);
-- Upstream blocks of edges with servers that are nodes, and the nodes that get no requests now.
CREATE TABLE edge_node_servers (
    target_id text COLLATE "C" NOT NULL,
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (target_id, node_id, name)
);
CREATE INDEX edge_node_servers_of_edge ON edge_node_servers (node_id, name);
CREATE TABLE edge_drained (
    node_id text COLLATE "C" PRIMARY KEY,
    since bigint NOT NULL
);
CREATE TABLE edge_challenges (
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    token text COLLATE "C" NOT NULL,
    key_authorization text COLLATE "C" NOT NULL,
    PRIMARY KEY (node_id, token)
);
CREATE TABLE edge_challenge_revisions (
    node_id text COLLATE "C" PRIMARY KEY REFERENCES nodes (id),
    revision bigint NOT NULL
);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_reports
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_sections
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_entries
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_texts
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_node_servers
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_drained
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_challenges
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_challenge_revisions
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
