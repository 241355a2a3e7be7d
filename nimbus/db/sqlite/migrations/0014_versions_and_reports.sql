-- How often each table has changed, counted in the transaction of the change: what is kept of lists in memory is
-- good as long as the versions of its tables stand still, whichever process wrote.
CREATE TABLE table_versions (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL
);

-- What heartbeats write, apart from what operators read and change: a small row instead of a large one.
CREATE TABLE node_reports (
    node_id TEXT PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    last_seen_at INTEGER NOT NULL,
    report TEXT NOT NULL
);
INSERT INTO node_reports (node_id, last_seen_at, report)
    SELECT id, last_seen_at, report FROM nodes WHERE last_seen_at IS NOT NULL;
ALTER TABLE nodes DROP COLUMN report;
ALTER TABLE nodes DROP COLUMN last_seen_at;
