-- The mesh ends at the border of an organization: each has a log of its own. Numbers of revisions stay one row of
-- numbers, so that none is given twice.
-- `entered`: the revision with which the member came into the scope.
ALTER TABLE mesh_peers ADD COLUMN scope text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE mesh_peers ADD COLUMN entered bigint NOT NULL DEFAULT 0;
UPDATE mesh_peers SET scope = w.organization_id
FROM nodes AS n JOIN workspaces AS w ON w.id = n.workspace_id WHERE n.id = mesh_peers.node_id;
DELETE FROM mesh_peers WHERE scope = '';
ALTER TABLE mesh_peers ALTER COLUMN scope DROP DEFAULT;
ALTER TABLE mesh_peers DROP CONSTRAINT mesh_peers_pkey;
ALTER TABLE mesh_peers ADD PRIMARY KEY (node_id, scope);

-- Each scope begins where the one mesh was: with one organization nothing changes for any node. With several the
-- checksums are wrong; the control plane puts them right when it starts, and nodes are sent everything of theirs.
CREATE TABLE mesh_scopes (
    scope text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    forgotten_before bigint NOT NULL
);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mesh_scopes
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
INSERT INTO mesh_scopes (scope, revision, checksum, forgotten_before)
SELECT DISTINCT p.scope, s.revision, s.checksum, s.forgotten_before
FROM mesh_peers AS p CROSS JOIN mesh_state AS s WHERE s.id = 1;

ALTER TABLE mesh_state DROP COLUMN checksum;
ALTER TABLE mesh_state DROP COLUMN forgotten_before;
DROP INDEX mesh_peers_revision;
CREATE INDEX mesh_peers_revision ON mesh_peers (scope, revision);
CREATE INDEX mesh_peers_removed ON mesh_peers (removed_at) WHERE removed_at IS NOT NULL;
