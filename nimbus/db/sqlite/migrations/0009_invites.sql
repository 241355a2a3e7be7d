-- Mail, invites and notifications.

-- One row. sealed_password: by the master key in the context `mail-password`; empty where there is none.
CREATE TABLE mail_settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    enabled INTEGER NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    security TEXT NOT NULL,
    username TEXT NOT NULL,
    sealed_password TEXT NOT NULL,
    from_address TEXT NOT NULL,
    from_name TEXT NOT NULL,
    ca_pem TEXT NOT NULL,
    timeout_s REAL NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);
INSERT INTO mail_settings
    (id, enabled, host, port, security, username, sealed_password, from_address, from_name, ca_pem, timeout_s,
     updated_at, revision)
    VALUES (1, 0, '', 587, 'starttls', '', '', '', 'Nimbus', '', 15.0, 0, 1);

-- sealed_content: text and HTML, in the context `outbox:ID`; empty once it was sent or given up. answer: the last
-- words of the mail server. reference: the id of what the mail is about.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    reference TEXT NOT NULL,
    sealed_content TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    finished_at INTEGER,
    answer TEXT NOT NULL
);
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_recipient ON outbox (recipient, created_at);
CREATE INDEX outbox_reference ON outbox (reference);
CREATE INDEX outbox_created ON outbox (created_at);

-- token_hash: SHA-256 of the token, which is kept nowhere. group_ids: JSON, a list. invited_by_kind is user or key;
-- what they may is looked at again when the invite is accepted.
CREATE TABLE invites (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role_id TEXT NOT NULL,
    group_ids TEXT NOT NULL,
    message TEXT NOT NULL,
    labels TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    invited_by_kind TEXT NOT NULL,
    invited_by_id TEXT NOT NULL,
    invited_by_name TEXT NOT NULL,
    sent INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER,
    accepted_by TEXT,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);
CREATE INDEX invites_organization ON invites (organization_id, created_at);
CREATE INDEX invites_workspace ON invites (workspace_id);
CREATE INDEX invites_email ON invites (email);

-- place: an organization's id, or empty for the control plane as a whole. recipients, kinds: JSON lists.
CREATE TABLE notification_settings (
    place TEXT PRIMARY KEY,
    recipients TEXT NOT NULL,
    kinds TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
);

-- How far the audit log was looked through.
CREATE TABLE notification_cursor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL
);

-- What waits for the next mail to a recipient. source: the sequence in the audit log, or a name of what raised it.
CREATE TABLE notification_items (
    recipient TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    line TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (recipient, source)
);

CREATE TABLE notification_mails (
    recipient TEXT PRIMARY KEY,
    last_at INTEGER NOT NULL
);

-- Failed sign-ins of an account within a while, and when that was told.
CREATE TABLE notification_tallies (
    account TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    since INTEGER NOT NULL,
    told_at INTEGER NOT NULL
);
