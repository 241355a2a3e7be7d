-- Where the audit log is sent, and how far each destination is.
CREATE TABLE audit_destinations (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    target        TEXT NOT NULL,
    ca_pem        TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    enabled       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_destination_progress (
    destination_id TEXT PRIMARY KEY REFERENCES audit_destinations (id),
    cursor         INTEGER NOT NULL,
    sent           INTEGER NOT NULL,
    missed         INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,
    failing_since  INTEGER,
    last_sent_at   INTEGER,
    problem        TEXT NOT NULL
) STRICT;
