-- Files that operators upload and nodes fetch. Content is in the data directory, in a file that is named by its SHA-256;
-- damage: '', missing or altered, what is wrong with that file.
CREATE TABLE artifacts (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    cpu TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    damage TEXT NOT NULL,
    UNIQUE (workspace_id, name, version, cpu)
);
CREATE INDEX artifacts_sha256 ON artifacts (sha256);

-- What is on its way. How much is there is the length of the file `ID.part`.
CREATE TABLE artifact_uploads (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    cpu TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    UNIQUE (workspace_id, name, version, cpu, sha256, size)
);
CREATE INDEX artifact_uploads_touched ON artifact_uploads (touched_at);
