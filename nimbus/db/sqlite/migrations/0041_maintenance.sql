-- Why a node is in maintenance, since when, by whom, and when that ends by itself (NULL: when an operator ends it).
ALTER TABLE nodes ADD COLUMN maintenance_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN maintenance_by TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN maintenance_since INTEGER;
ALTER TABLE nodes ADD COLUMN maintenance_until INTEGER;
-- What people write of a node.
ALTER TABLE nodes ADD COLUMN description TEXT NOT NULL DEFAULT '';
UPDATE nodes SET maintenance_since = updated_at WHERE maintenance = 1;
CREATE INDEX nodes_maintenance_ends ON nodes (maintenance_until) WHERE maintenance_until IS NOT NULL;
