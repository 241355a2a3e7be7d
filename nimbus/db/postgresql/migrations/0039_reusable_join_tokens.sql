-- A join token may be for several machines: each claims a one-time token of its own (parent_id), so many at most.
ALTER TABLE join_tokens ADD COLUMN uses bigint NOT NULL DEFAULT 1;
ALTER TABLE join_tokens ADD COLUMN used bigint NOT NULL DEFAULT 0;
ALTER TABLE join_tokens ADD COLUMN parent_id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE join_tokens ADD COLUMN mtu bigint NOT NULL DEFAULT 0;
ALTER TABLE join_tokens ADD COLUMN revoked_by text COLLATE "C" NOT NULL DEFAULT '';
UPDATE join_tokens SET used = 1 WHERE used_at IS NOT NULL;
CREATE INDEX join_tokens_claimed ON join_tokens (parent_id) WHERE parent_id <> '';
