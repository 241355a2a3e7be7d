-- How much is kept of each task's log: it has an end.
ALTER TABLE tasks ADD COLUMN log_lines INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN log_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN log_is_cut INTEGER NOT NULL DEFAULT 0;
