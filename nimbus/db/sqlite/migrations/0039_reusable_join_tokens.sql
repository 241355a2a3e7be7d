-- A join token may be for several machines: each claims a one-time token of its own (parent_id), so many at most.
ALTER TABLE join_tokens ADD COLUMN uses INTEGER NOT NULL DEFAULT 1;
ALTER TABLE join_tokens ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE join_tokens ADD COLUMN parent_id TEXT NOT NULL DEFAULT '';
ALTER TABLE join_tokens ADD COLUMN mtu INTEGER NOT NULL DEFAULT 0;
ALTER TABLE join_tokens ADD COLUMN revoked_by TEXT NOT NULL DEFAULT '';
UPDATE join_tokens SET used = 1 WHERE used_at IS NOT NULL;
CREATE INDEX join_tokens_claimed ON join_tokens (parent_id) WHERE parent_id <> '';
