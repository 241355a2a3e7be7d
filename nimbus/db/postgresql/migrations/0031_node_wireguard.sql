-- What an operator has set for the WireGuard of one node (0: nothing), and how often that was changed.
ALTER TABLE nodes ADD COLUMN wanted_port bigint NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN wanted_mtu bigint NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN wanted_changes bigint NOT NULL DEFAULT 0;
