-- What an operator has set for the WireGuard of one node (0: nothing), and how often that was changed.
ALTER TABLE nodes ADD COLUMN wanted_port INTEGER NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN wanted_mtu INTEGER NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN wanted_changes INTEGER NOT NULL DEFAULT 0;
