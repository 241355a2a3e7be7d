-- Certificates that edges serve. What is served is in versions, which never change.
CREATE TABLE certificates (
    id text COLLATE "C" PRIMARY KEY,
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    not_after bigint NOT NULL,
    warned_days bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (workspace_id, name)
);
CREATE TABLE certificate_versions (
    certificate_id text COLLATE "C" NOT NULL REFERENCES certificates (id),
    number bigint NOT NULL,
    chain text COLLATE "C" NOT NULL,
    sealed_key text COLLATE "C" NOT NULL,
    names text COLLATE "C" NOT NULL,
    key_type text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    not_before bigint NOT NULL,
    not_after bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (certificate_id, number)
);
CREATE INDEX certificates_end ON certificates (not_after);
CREATE INDEX certificate_versions_master_key ON certificate_versions (SUBSTR(sealed_key, 1, 17));
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON certificates
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON certificate_versions
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
