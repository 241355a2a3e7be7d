-- Lists of nodes are sorted by their last load, in percent (NULL: nothing is known), and narrowed to an operating system.
ALTER TABLE node_reports ADD COLUMN cpu_percent REAL;
ALTER TABLE node_reports ADD COLUMN memory_percent REAL;
ALTER TABLE node_reports ADD COLUMN disk_percent REAL;
ALTER TABLE nodes ADD COLUMN os TEXT NOT NULL DEFAULT '';
UPDATE nodes SET os = COALESCE(json_extract(facts, '$.os'), '') WHERE json_valid(facts);
-- When the facts of a node were looked at; NULL: that was not kept.
ALTER TABLE nodes ADD COLUMN facts_at INTEGER;
