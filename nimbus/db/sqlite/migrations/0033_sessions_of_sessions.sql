-- A session that comes of another is as old a sign-in as that one, and ends with it. Answers to creations are kept with
-- what whoever asked could do: those of before are forgotten.
ALTER TABLE sessions ADD COLUMN authenticated_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET authenticated_at = created_at;
ALTER TABLE sessions ADD COLUMN parent_id TEXT;
CREATE INDEX sessions_parent ON sessions (parent_id) WHERE parent_id IS NOT NULL;
DELETE FROM idempotency_keys;
