-- What the dashboard needs: the first sign-in, what a node's certificate is, tasks that were asked for again, tasks on
-- several nodes that belong together, and sign-ins of a command line by somebody who is signed in.

-- At most one; gone when there is an administrator.
CREATE TABLE setup_token (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token_hash TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);

-- SHA-256 of the certificate; '' for those that were issued before this was kept.
ALTER TABLE node_certificates ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';

CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX operations_newest ON operations (created_at, id);

-- Of the task that it repeats. No reference: the tasks of a workspace go together, in any order.
ALTER TABLE tasks ADD COLUMN retry_of TEXT;
ALTER TABLE tasks ADD COLUMN operation_id TEXT REFERENCES operations (id);
CREATE INDEX tasks_of_operation ON tasks (operation_id) WHERE operation_id IS NOT NULL;

-- Codes of command lines, each for whoever has the verifier of its challenge.
CREATE TABLE cli_grants (
    code_hash TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    challenge TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
