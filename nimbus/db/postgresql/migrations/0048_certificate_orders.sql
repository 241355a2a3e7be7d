-- Certificates that are ordered from a certificate authority (ACME), and the accounts there.
CREATE TABLE acme_accounts (
    id text COLLATE "C" PRIMARY KEY,
    directory text COLLATE "C" NOT NULL,
    external_key_id text COLLATE "C" NOT NULL,
    uri text COLLATE "C" NOT NULL,
    sealed_key text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (directory, external_key_id)
);
CREATE TABLE certificate_issuances (
    certificate_id text COLLATE "C" PRIMARY KEY REFERENCES certificates (id),
    domains text COLLATE "C" NOT NULL,
    challenge text COLLATE "C" NOT NULL,
    key_type text COLLATE "C" NOT NULL,
    renew_at bigint NOT NULL,
    next_at bigint NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    order_url text COLLATE "C" NOT NULL,
    sealed_key text COLLATE "C" NOT NULL,
    tokens text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    problem text COLLATE "C" NOT NULL
);
CREATE INDEX certificate_issuances_next ON certificate_issuances (next_at);
CREATE INDEX acme_accounts_master_key ON acme_accounts (SUBSTR(sealed_key, 1, 17));
CREATE INDEX certificate_issuances_master_key ON certificate_issuances (SUBSTR(sealed_key, 1, 17));
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON acme_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON certificate_issuances
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
