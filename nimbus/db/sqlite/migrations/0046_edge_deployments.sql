-- Deployments to edges, and of each what is to be served on which edge, as it was before, and what came of it.
CREATE TABLE edge_deployments (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    operation_id TEXT NOT NULL,
    objects TEXT NOT NULL,
    canary INTEGER NOT NULL,
    wave INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
);
CREATE INDEX edge_deployments_of_workspace ON edge_deployments (workspace_id, created_at);
CREATE INDEX edge_deployments_of_operation ON edge_deployments (operation_id);
CREATE INDEX edge_deployments_open ON edge_deployments (created_at) WHERE ended_at IS NULL;
CREATE TABLE edge_deployment_nodes (
    deployment_id TEXT NOT NULL REFERENCES edge_deployments (id) ON DELETE CASCADE,
    node_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    wave INTEGER NOT NULL,
    state TEXT NOT NULL,
    generation INTEGER NOT NULL,
    planned TEXT NOT NULL,
    before TEXT NOT NULL,
    message TEXT NOT NULL,
    objects TEXT NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (deployment_id, node_id)
);
CREATE INDEX edge_deployment_nodes_running ON edge_deployment_nodes (node_id) WHERE state = 'running';
-- Which version of each virtual host an edge serves, and which it was to serve last.
CREATE TABLE edge_served (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    owner TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    served INTEGER NOT NULL,
    problem TEXT NOT NULL,
    line INTEGER NOT NULL,
    deployment_id TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (node_id, owner)
);
CREATE INDEX edge_served_of ON edge_served (workspace_id, owner);
-- Names and ports of an edge: each is one virtual host's, of whichever workspace.
CREATE TABLE edge_claims (
    node_id TEXT NOT NULL REFERENCES nodes (id),
    name TEXT NOT NULL,
    port INTEGER NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (node_id, name, port)
);
CREATE INDEX edge_claims_of ON edge_claims (owner, node_id);
