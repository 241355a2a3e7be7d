-- The node that an event is about, also when it is one of its tasks or tokens that changed: for its timeline.
ALTER TABLE events ADD COLUMN node_id TEXT;
CREATE INDEX events_of_node ON events (node_id, sequence) WHERE node_id IS NOT NULL;
