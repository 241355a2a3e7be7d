-- oldest: 19
-- What happened, for the other control planes on this database. Ids are given in the order of the commits.
CREATE TABLE relayed_events (
    id INTEGER PRIMARY KEY,
    process TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);

-- The last id that was given, and through which one rows have been deleted.
CREATE TABLE relay_cursor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    newest INTEGER NOT NULL,
    pruned_through INTEGER NOT NULL
);
INSERT INTO relay_cursor (id, newest, pruned_through) VALUES (1, 0, 0);

-- Which control plane does what only one may do. `epoch` rises whenever another takes over; `until` is by the clock
-- of the database.
CREATE TABLE leaders (
    name TEXT PRIMARY KEY,
    process TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    until INTEGER NOT NULL
);
