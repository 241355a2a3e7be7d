-- Lists of nodes are sorted by their last load, in percent (NULL: nothing is known), and narrowed to an operating system.
ALTER TABLE node_reports ADD COLUMN cpu_percent double precision;
ALTER TABLE node_reports ADD COLUMN memory_percent double precision;
ALTER TABLE node_reports ADD COLUMN disk_percent double precision;
ALTER TABLE nodes ADD COLUMN os text COLLATE "C" NOT NULL DEFAULT '';
-- A text of PostgreSQL cannot hold what \u0000 stands for.
UPDATE nodes SET os = COALESCE(CAST(facts AS json) ->> 'os', '') WHERE POSITION('\u0000' IN facts) = 0;
-- When the facts of a node were looked at; NULL: that was not kept.
ALTER TABLE nodes ADD COLUMN facts_at bigint;
