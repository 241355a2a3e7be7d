-- Which history of this control plane the database belongs to: raised whenever an older copy took its place.
CREATE TABLE database_generation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    lineage TEXT NOT NULL,
    number INTEGER NOT NULL
);
