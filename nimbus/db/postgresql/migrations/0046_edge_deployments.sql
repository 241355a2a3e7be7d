-- Deployments to edges, and of each what is to be served on which edge, as it was before, and what came of it.
CREATE TABLE edge_deployments (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    operation_id text COLLATE "C" NOT NULL,
    objects text COLLATE "C" NOT NULL,
    canary bigint NOT NULL,
    wave bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint
);
CREATE INDEX edge_deployments_of_workspace ON edge_deployments (workspace_id, created_at);
CREATE INDEX edge_deployments_of_operation ON edge_deployments (operation_id);
CREATE INDEX edge_deployments_open ON edge_deployments (created_at) WHERE ended_at IS NULL;
CREATE TABLE edge_deployment_nodes (
    deployment_id text COLLATE "C" NOT NULL REFERENCES edge_deployments (id) ON DELETE CASCADE,
    node_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    wave bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    planned text COLLATE "C" NOT NULL,
    before text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    objects text COLLATE "C" NOT NULL,
    ended_at bigint,
    PRIMARY KEY (deployment_id, node_id)
);
CREATE INDEX edge_deployment_nodes_running ON edge_deployment_nodes (node_id) WHERE state = 'running';
-- Which version of each virtual host an edge serves, and which it was to serve last.
CREATE TABLE edge_served (
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    owner text COLLATE "C" NOT NULL,
    workspace_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    wanted bigint NOT NULL,
    served bigint NOT NULL,
    problem text COLLATE "C" NOT NULL,
    line bigint NOT NULL,
    deployment_id text COLLATE "C" NOT NULL,
    changed_at bigint NOT NULL,
    PRIMARY KEY (node_id, owner)
);
CREATE INDEX edge_served_of ON edge_served (workspace_id, owner);
-- Names and ports of an edge: each is one virtual host's, of whichever workspace.
CREATE TABLE edge_claims (
    node_id text COLLATE "C" NOT NULL REFERENCES nodes (id),
    name text COLLATE "C" NOT NULL,
    port bigint NOT NULL,
    owner text COLLATE "C" NOT NULL,
    PRIMARY KEY (node_id, name, port)
);
CREATE INDEX edge_claims_of ON edge_claims (owner, node_id);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_deployments
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_deployment_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_served
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON edge_claims
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
