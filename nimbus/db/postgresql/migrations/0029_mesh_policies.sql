-- Who may talk to whom in the mesh: a document for each organization that has one.
CREATE TABLE mesh_policies (
    organization_id text COLLATE "C" PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    document text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text COLLATE "C" NOT NULL
);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mesh_policies
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();

-- `matched`: what sets a scope apart from the rest of its organization. `seen_anew`: the revision since which it has
-- seen the scopes that it sees.
ALTER TABLE mesh_scopes ADD COLUMN matched text COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE mesh_scopes ADD COLUMN seen_anew bigint NOT NULL DEFAULT 0;
CREATE INDEX mesh_peers_newest ON mesh_peers (revision);
