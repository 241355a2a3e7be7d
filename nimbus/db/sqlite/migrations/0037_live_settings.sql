-- Settings that were changed while the control plane runs. What a file, a variable or a flag sets is not here.
CREATE TABLE live_settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);
