-- oldest: 24
-- Where a member says that it is reached, besides where it is seen; separated by spaces.
ALTER TABLE mesh_peers ADD COLUMN more_endpoints text COLLATE "C" NOT NULL DEFAULT '';
