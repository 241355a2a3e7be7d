-- The mesh ends at the border of an organization: each has a log of its own. Numbers of revisions stay one row of
-- numbers, so that none is given twice.
ALTER TABLE mesh_peers RENAME TO mesh_peers_of_all;
ALTER TABLE mesh_state RENAME TO mesh_state_of_all;

CREATE TABLE mesh_state (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL
);
INSERT INTO mesh_state (id, revision) SELECT id, revision FROM mesh_state_of_all WHERE id = 1;

-- `entered`: the revision with which the member came into the scope.
CREATE TABLE mesh_peers (
    node_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    address TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    revision INTEGER NOT NULL,
    entered INTEGER NOT NULL DEFAULT 0,
    removed_at INTEGER,
    more_endpoints TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (node_id, scope)
);
INSERT INTO mesh_peers (node_id, scope, name, public_key, address, endpoint, revision, removed_at, more_endpoints)
SELECT p.node_id, w.organization_id, p.name, p.public_key, p.address, p.endpoint, p.revision, p.removed_at,
    p.more_endpoints
FROM mesh_peers_of_all AS p JOIN nodes AS n ON n.id = p.node_id JOIN workspaces AS w ON w.id = n.workspace_id;

-- Each scope begins where the one mesh was: with one organization nothing changes for any node. With several the
-- checksums are wrong; the control plane puts them right when it starts, and nodes are sent everything of theirs.
CREATE TABLE mesh_scopes (
    scope TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    forgotten_before INTEGER NOT NULL
);
INSERT INTO mesh_scopes (scope, revision, checksum, forgotten_before)
SELECT DISTINCT p.scope, s.revision, s.checksum, s.forgotten_before
FROM mesh_peers AS p CROSS JOIN mesh_state_of_all AS s WHERE s.id = 1;

DROP TABLE mesh_peers_of_all;
DROP TABLE mesh_state_of_all;
CREATE UNIQUE INDEX mesh_peers_key ON mesh_peers (public_key) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX mesh_peers_address ON mesh_peers (address) WHERE removed_at IS NULL;
CREATE INDEX mesh_peers_revision ON mesh_peers (scope, revision);
CREATE INDEX mesh_peers_removed ON mesh_peers (removed_at) WHERE removed_at IS NOT NULL;
