-- An address counts, and is one user's alone, once its user has shown that it is theirs: by an invite that was mailed
-- there, or by an identity provider. What administrators typed until now has not been.
ALTER TABLE users ADD COLUMN email_verified_at INTEGER;
DROP INDEX users_email;
CREATE UNIQUE INDEX users_email ON users (email) WHERE email_verified_at IS NOT NULL;
CREATE INDEX users_address ON users (email) WHERE email <> '';
