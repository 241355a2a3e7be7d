-- What nodes said of their load: samples in blocks of ten minutes, minutes in blocks of six hours, and the minutes of
-- whole workspaces ('': of all). `start` is Unix seconds; what `samples` holds is packed by nimbus.metrics.blocks.

CREATE TABLE metric_samples (
    node_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (node_id, start)
);

CREATE INDEX metric_samples_start ON metric_samples (start);

CREATE TABLE metric_minutes (
    node_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (node_id, start)
);

CREATE INDEX metric_minutes_start ON metric_minutes (start);

CREATE TABLE metric_fleet (
    workspace_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (workspace_id, start)
);

-- Without a look at whole rows: which nodes a list shows, nodes and tasks by state, and when certificates end.
CREATE INDEX nodes_listed ON nodes (name, id, workspace_id) WHERE deleted_at IS NULL;

CREATE INDEX nodes_states ON nodes (workspace_id, state, maintenance, approval) WHERE deleted_at IS NULL;

CREATE INDEX node_certificates_valid ON node_certificates (node_id, expires_at) WHERE revoked_at IS NULL;

CREATE INDEX tasks_ended ON tasks (created_at, workspace_id, state) WHERE NOT state IN ('queued', 'running');
