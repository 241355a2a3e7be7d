-- Operations have steps of their own, stored before they run, and a state.
ALTER TABLE operations ADD COLUMN state TEXT NOT NULL DEFAULT 'running';
ALTER TABLE operations ADD COLUMN intent TEXT NOT NULL DEFAULT 'run';
ALTER TABLE operations ADD COLUMN at_once INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operations ADD COLUMN failure_budget INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operations ADD COLUMN canaries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operations ADD COLUMN ended_at INTEGER;

-- `planned` is the step as it was planned: on which node, what, after what, with what from other steps.
CREATE TABLE operation_steps (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    planned TEXT NOT NULL,
    state TEXT NOT NULL,
    task_id TEXT,
    undo_task_id TEXT,
    cancel_requested INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    error TEXT NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    PRIMARY KEY (operation_id, name)
);

-- Secret parameters of steps, sealed; `planned` has a mask in their place.
CREATE TABLE operation_secret_values (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    step TEXT NOT NULL,
    sealed_values TEXT NOT NULL,
    PRIMARY KEY (operation_id, step)
);

CREATE INDEX tasks_retry ON tasks (retry_of) WHERE retry_of IS NOT NULL;

-- What there is already: a step for each task that was not tried again.
INSERT INTO operation_steps (operation_id, name, position, planned, state, task_id, cancel_requested, error_code, error,
    started_at, ended_at)
SELECT
    t.operation_id,
    t.kind || ' ' || t.id,
    (SELECT COUNT(*) FROM tasks AS b WHERE b.operation_id = t.operation_id AND b.id < t.id
        AND NOT EXISTS (SELECT 1 FROM tasks AS r WHERE r.retry_of = b.id)),
    '{"name":"' || t.kind || ' ' || t.id || '","node_id":"' || t.node_id || '","kind":"' || t.kind || '","unit":"'
        || t.node_id || '","parameters":' || t.parameters || ',"timeout_s":' || t.timeout_s
        || ',"max_attempts":' || t.max_attempts || '}',
    CASE WHEN t.state IN ('queued', 'running') THEN 'running' ELSE t.state END,
    t.id,
    CASE WHEN t.cancel_requested_at IS NULL THEN 0 ELSE 1 END,
    t.error_code,
    t.error,
    t.created_at,
    t.finished_at
FROM tasks AS t
WHERE t.operation_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tasks AS r WHERE r.retry_of = t.id);

UPDATE operations SET
    state = CASE
        WHEN EXISTS (SELECT 1 FROM operation_steps AS s WHERE s.operation_id = operations.id AND s.state = 'running')
            THEN 'running'
        WHEN EXISTS (SELECT 1 FROM operation_steps AS s WHERE s.operation_id = operations.id AND s.state = 'failed')
            THEN 'failed'
        WHEN EXISTS (SELECT 1 FROM operation_steps AS s WHERE s.operation_id = operations.id AND s.state = 'cancelled')
            THEN 'cancelled'
        ELSE 'succeeded' END;
UPDATE operations SET ended_at = COALESCE(
    (SELECT MAX(s.ended_at) FROM operation_steps AS s WHERE s.operation_id = operations.id), created_at)
WHERE state <> 'running';

CREATE INDEX operations_open ON operations (created_at) WHERE state IN ('running', 'paused', 'cancelling', 'undoing');
CREATE INDEX operations_ended ON operations (ended_at) WHERE ended_at IS NOT NULL;
