-- A search over tasks asks three indexes: of ids, of kinds, of nodes.
CREATE INDEX tasks_kind ON tasks (kind, created_at);
-- The same as tasks_of_operation.
DROP INDEX tasks_operation;
