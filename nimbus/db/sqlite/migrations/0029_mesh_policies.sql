-- Who may talk to whom in the mesh: a document for each organization that has one.
CREATE TABLE mesh_policies (
    organization_id TEXT PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    revision INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
);

-- `matched`: what sets a scope apart from the rest of its organization. `seen_anew`: the revision since which it has
-- seen the scopes that it sees.
ALTER TABLE mesh_scopes ADD COLUMN matched TEXT NOT NULL DEFAULT '[]';
ALTER TABLE mesh_scopes ADD COLUMN seen_anew INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mesh_peers_newest ON mesh_peers (revision);
