-- oldest: 23
-- Whose certificate authority the one that leads has: all on a database have to have the same.
ALTER TABLE leaders ADD COLUMN authority text COLLATE "C" NOT NULL DEFAULT '';
