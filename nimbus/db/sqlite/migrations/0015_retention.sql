-- When the control plane has run, by its wall clock, about once an hour: a clock that was set ahead deletes nothing.
CREATE TABLE clock_marks (at INTEGER PRIMARY KEY);

-- What retention goes by.
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_operation ON tasks (operation_id) WHERE operation_id IS NOT NULL;
CREATE INDEX tasks_node ON tasks (node_id);
CREATE INDEX join_tokens_closed ON join_tokens (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX node_certificates_expiry ON node_certificates (expires_at);
CREATE INDEX nodes_deleted ON nodes (deleted_at) WHERE deleted_at IS NOT NULL;
