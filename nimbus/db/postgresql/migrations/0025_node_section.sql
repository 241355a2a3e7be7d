-- oldest: 24
-- What nodes are told of the control plane itself: how often it has changed, and its checksum.
CREATE TABLE node_section (
    id bigint PRIMARY KEY CHECK (id = 1),
    revision bigint NOT NULL,
    checksum text COLLATE "C" NOT NULL
);
