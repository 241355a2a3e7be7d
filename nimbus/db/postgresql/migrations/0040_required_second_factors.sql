-- Whether who belongs to an organization must sign in with a second factor.
ALTER TABLE organizations ADD COLUMN require_second_factor bigint NOT NULL DEFAULT 0;
