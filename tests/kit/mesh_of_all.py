"""A database whose mesh has no scopes yet: two organizations, and one node that has left."""

from __future__ import annotations

VERSION = 25


def _node(node_id: str, workspace: str, deleted_at: str = "NULL") -> str:
    return (
        "INSERT INTO nodes (id, workspace_id, name, hostname, deployment_mode, version, public_ip, overlay_ip,"
        " state, maintenance, capabilities, labels, facts, state_since, created_at, updated_at, deleted_at)"
        f" VALUES ('{node_id}', '{workspace}', '{node_id}', '', 'standalone', '', '', '', 'online', 0, '[]',"
        f" '{{}}', '{{}}', 1, 1, 1, {deleted_at})"
    )


def _peer(node_id: str, revision: int, removed_at: str = "NULL") -> str:
    return (
        "INSERT INTO mesh_peers (node_id, name, public_key, address, endpoint, revision, removed_at)"
        f" VALUES ('{node_id}', '{node_id}', 'key-{node_id}', '10.0.0.{revision}', '', {revision}, {removed_at})"
    )


STATEMENTS = (
    "INSERT INTO organizations (id, name, created_at) VALUES ('one', 'one', 1), ('two', 'two', 1)",
    "INSERT INTO workspaces (id, organization_id, name, created_at)"
    " VALUES ('w1', 'one', 'w1', 1), ('w2', 'one', 'w2', 1), ('w3', 'two', 'w3', 1)",
    _node("a", "w1"),
    _node("b", "w2"),
    _node("left", "w2", "5"),
    _node("x", "w3"),
    _peer("a", 2),
    _peer("b", 3),
    _peer("left", 5, "5"),
    _peer("x", 4),
    # Its workspace is gone, and the node with it.
    _peer("unknown", 6, "5"),
    "INSERT INTO mesh_state (id, revision, checksum, forgotten_before) VALUES (1, 7, 'sum', 1)",
)
PEERS = "SELECT scope, node_id, workspace, revision, entered FROM mesh_peers ORDER BY scope, node_id"
SCOPES = "SELECT scope, revision, checksum, forgotten_before FROM mesh_scopes ORDER BY scope"
EXPECTED = {
    "SELECT revision FROM mesh_state": [(7,)],
    PEERS: [
        ("one", "a", "w1", 2, 0),
        ("one", "b", "w2", 3, 0),
        ("one", "left", "", 5, 0),
        ("two", "x", "w3", 4, 0),
    ],
    # Put right at the start, by which all are sent the names of workspaces.
    SCOPES: [("one", 7, "", 1), ("two", 7, "", 1)],
}
