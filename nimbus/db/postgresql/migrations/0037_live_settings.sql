-- Settings that were changed while the control plane runs. What a file, a variable or a flag sets is not here.
CREATE TABLE live_settings (
    name text COLLATE "C" PRIMARY KEY,
    value text COLLATE "C" NOT NULL,
    changed_at bigint NOT NULL,
    changed_by text COLLATE "C" NOT NULL
);
CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON live_settings
    FOR EACH STATEMENT EXECUTE FUNCTION count_table_change();
