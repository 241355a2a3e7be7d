-- The tasks of one node, newest first, without a look at those of the others.
CREATE INDEX tasks_node_created ON tasks (node_id, created_at);
