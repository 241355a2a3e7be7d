-- Where the audit log is sent, and how far each destination is.
CREATE TABLE audit_destinations (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    target text COLLATE "C" NOT NULL,
    ca_pem text COLLATE "C" NOT NULL,
    sealed_secret text COLLATE "C" NOT NULL,
    enabled bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_destinations
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();

CREATE TABLE audit_destination_progress (
    destination_id text COLLATE "C" PRIMARY KEY REFERENCES audit_destinations (id),
    cursor bigint NOT NULL,
    sent bigint NOT NULL,
    missed bigint NOT NULL,
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    failing_since bigint,
    last_sent_at bigint,
    problem text COLLATE "C" NOT NULL
);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_destination_progress
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
