-- From this moment on a grant gives nothing; none: it lasts. What has ended is swept by the line of this table.
ALTER TABLE role_bindings ADD COLUMN expires_at bigint;
CREATE INDEX role_bindings_ended ON role_bindings (expires_at) WHERE expires_at IS NOT NULL;
