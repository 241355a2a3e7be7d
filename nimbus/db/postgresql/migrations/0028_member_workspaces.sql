-- The name of a member's workspace: members are found by it (<node>.<workspace>.nimbus.internal).
ALTER TABLE mesh_peers ADD COLUMN workspace text COLLATE "C" NOT NULL DEFAULT '';
UPDATE mesh_peers SET workspace = COALESCE((
    SELECT w.name FROM nodes AS n JOIN workspaces AS w ON w.id = n.workspace_id WHERE n.id = mesh_peers.node_id
), '') WHERE removed_at IS NULL;
-- Wrong on purpose: the control plane puts it right when it starts, and every node is sent everything.
UPDATE mesh_scopes SET checksum = '';
