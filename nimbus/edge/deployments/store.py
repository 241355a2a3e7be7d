"""SQL of deployments, of what edges serve, and of whose a name and port of an edge is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.edge.deployments.records import (
    DeployedObject,
    Deployment,
    DeploymentNode,
    DeploymentQuery,
    NodeState,
    PlannedNode,
    Served,
)
from nimbus.edge.sections.records import Entry
from nimbus.protocol.edge import ObjectState

_DEPLOYMENT = "id, workspace_id, operation_id, objects, canary, wave, created_by, created_at, ended_at"
_NODE = (
    "deployment_id, node_id, position, wave, state, generation, planned, before, message, objects, ended_at"
)
_SERVED = tuple(Served.__struct_fields__)
_SERVED_COLUMNS = ", ".join(_SERVED)
_objects = msgspec.json.Decoder(tuple[DeployedObject, ...])
_planned = msgspec.json.Decoder(PlannedNode)
_entries = msgspec.json.Decoder(tuple[Entry, ...])
_states = msgspec.json.Decoder(tuple[ObjectState, ...])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _deployment(row: Row) -> Deployment:
    return Deployment(
        id=row["id"],
        workspace_id=row["workspace_id"],
        operation_id=row["operation_id"],
        objects=_objects.decode(row["objects"]),
        canary=bool(row["canary"]),
        wave=row["wave"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )


def insert(tx: Transaction, deployment: Deployment, nodes: Iterable[DeploymentNode]) -> None:
    tx.execute(
        f"INSERT INTO edge_deployments ({_DEPLOYMENT}) VALUES ({placeholders(9)})",
        (
            deployment.id,
            deployment.workspace_id,
            deployment.operation_id,
            _json(deployment.objects),
            int(deployment.canary),
            deployment.wave,
            deployment.created_by,
            deployment.created_at,
            deployment.ended_at,
        ),
    )
    tx.execute_many(
        f"INSERT INTO edge_deployment_nodes ({_NODE}) VALUES ({placeholders(11)})",
        [
            (
                node.deployment_id,
                node.planned.node_id,
                node.position,
                node.wave,
                node.state,
                node.generation,
                _json(node.planned),
                _json(node.before),
                node.message,
                _json(node.objects),
                node.ended_at,
            )
            for node in nodes
        ],
    )


def get(tx: Transaction, deployment_id: str) -> Deployment | None:
    row = tx.one(f"SELECT {_DEPLOYMENT} FROM edge_deployments WHERE id = ?", (deployment_id,))
    return _deployment(row) if row else None


def of_operation(tx: Transaction, operation_id: str) -> Deployment | None:
    row = tx.one(f"SELECT {_DEPLOYMENT} FROM edge_deployments WHERE operation_id = ?", (operation_id,))
    return _deployment(row) if row else None


def open_deployments(tx: Transaction) -> list[Deployment]:
    rows = tx.all(
        f"SELECT {_DEPLOYMENT} FROM edge_deployments WHERE ended_at IS NULL ORDER BY created_at, id"
    )
    return [_deployment(row) for row in rows]


def select(
    tx: Transaction, query: DeploymentQuery, workspaces: Collection[str] | None
) -> tuple[list[Deployment], int]:
    rows, total = (
        Selection()
        .within("workspace_id", workspaces)
        .page(
            tx,
            _DEPLOYMENT,
            "edge_deployments",
            order=query.order,
            sortable={},
            default="created_at DESC, id",
            limit=query.per_page,
            offset=query.offset,
        )
    )
    return [_deployment(row) for row in rows], total


def set_ended(tx: Transaction, deployment_id: str, ended_at: int | None) -> None:
    tx.execute("UPDATE edge_deployments SET ended_at = ? WHERE id = ?", (ended_at, deployment_id))


def _node(row: Row) -> DeploymentNode:
    return DeploymentNode(
        deployment_id=row["deployment_id"],
        position=row["position"],
        wave=row["wave"],
        planned=_planned.decode(row["planned"]),
        state=NodeState(row["state"]),
        generation=row["generation"],
        before=_entries.decode(row["before"]),
        message=row["message"],
        objects=_states.decode(row["objects"]),
        ended_at=row["ended_at"],
    )


def nodes_of(tx: Transaction, deployment_id: str) -> list[DeploymentNode]:
    rows = tx.all(
        f"SELECT {_NODE} FROM edge_deployment_nodes WHERE deployment_id = ? ORDER BY position",
        (deployment_id,),
    )
    return [_node(row) for row in rows]


def node_of(tx: Transaction, deployment_id: str, node_id: str) -> DeploymentNode | None:
    row = tx.one(
        f"SELECT {_NODE} FROM edge_deployment_nodes WHERE deployment_id = ? AND node_id = ?",
        (deployment_id, node_id),
    )
    return _node(row) if row else None


def running_on(tx: Transaction, node_id: str) -> list[DeploymentNode]:
    rows = tx.all(
        f"SELECT {_NODE} FROM edge_deployment_nodes WHERE node_id = ? AND state = 'running'", (node_id,)
    )
    return [_node(row) for row in rows]


def save_node(tx: Transaction, node: DeploymentNode) -> None:
    tx.execute(
        "UPDATE edge_deployment_nodes SET state = ?, generation = ?, before = ?, message = ?, objects = ?,"
        " ended_at = ? WHERE deployment_id = ? AND node_id = ?",
        (
            node.state,
            node.generation,
            _json(node.before),
            node.message,
            _json(node.objects),
            node.ended_at,
            node.deployment_id,
            node.planned.node_id,
        ),
    )


def delete_of_workspace(tx: Transaction, workspace_id: str) -> None:
    deployments = "SELECT id FROM edge_deployments WHERE workspace_id = ?"
    tx.execute(f"DELETE FROM edge_deployment_nodes WHERE deployment_id IN ({deployments})", (workspace_id,))
    tx.execute("DELETE FROM edge_deployments WHERE workspace_id = ?", (workspace_id,))


# What edges serve.


def _served(row: Row) -> Served:
    return Served(**{name: row[name] for name in _SERVED})


def save_served(tx: Transaction, served: Served) -> None:
    values: list[Any] = [getattr(served, name) for name in _SERVED]
    changes = ", ".join(f"{name} = excluded.{name}" for name in _SERVED if name not in ("node_id", "owner"))
    tx.execute(
        f"INSERT INTO edge_served ({_SERVED_COLUMNS}) VALUES ({placeholders(len(_SERVED))})"
        f" ON CONFLICT (node_id, owner) DO UPDATE SET {changes}",
        values,
    )


def served_by(tx: Transaction, node_id: str, owners: Sequence[str]) -> dict[str, Served]:
    if not owners:
        return {}
    rows = tx.all(
        f"SELECT {_SERVED_COLUMNS} FROM edge_served WHERE node_id = ?"
        f" AND owner IN ({placeholders(len(owners))})",
        (node_id, *owners),
    )
    return {row["owner"]: _served(row) for row in rows}


def select_served(
    tx: Transaction, workspaces: Collection[str] | None, node_id: str | None, limit: int, offset: int
) -> tuple[list[Served], int]:
    rows, total = (
        Selection()
        .within("workspace_id", workspaces)
        .equal("node_id", node_id)
        .page(
            tx,
            _SERVED_COLUMNS,
            "edge_served",
            order=(),
            sortable={},
            default="name, owner, node_id",
            limit=limit,
            offset=offset,
        )
    )
    return [_served(row) for row in rows], total


def delete_served(tx: Transaction, node_id: str, owner: str) -> None:
    tx.execute("DELETE FROM edge_served WHERE node_id = ? AND owner = ?", (node_id, owner))


def serving(tx: Transaction, owner: str) -> list[str]:
    """Edges that are to serve an object, or have a claim for it."""
    rows = tx.all(
        "SELECT node_id FROM edge_served WHERE owner = ? UNION SELECT node_id FROM edge_claims WHERE owner = ?",
        (owner, owner),
    )
    return sorted(row["node_id"] for row in rows)


# Names and ports.


def taken(
    tx: Transaction, node_id: str, claims: Collection[tuple[str, int]], owner: str
) -> list[tuple[str, int, str]]:
    """(name, port, owner) of those of these that are another's."""
    found = []
    names = sorted({name for name, _ in claims})
    for first in range(0, len(names), 500):
        part = names[first : first + 500]
        rows = tx.all(
            "SELECT name, port, owner FROM edge_claims WHERE node_id = ? AND owner <> ?"
            f" AND name IN ({placeholders(len(part))})",
            (node_id, owner, *part),
        )
        found += [
            (row["name"], row["port"], row["owner"]) for row in rows if (row["name"], row["port"]) in claims
        ]
    return found


def set_claims(tx: Transaction, node_id: str, owner: str, claims: Collection[tuple[str, int]]) -> None:
    tx.execute("DELETE FROM edge_claims WHERE node_id = ? AND owner = ?", (node_id, owner))
    add_claims(tx, node_id, owner, claims)


def add_claims(tx: Transaction, node_id: str, owner: str, claims: Collection[tuple[str, int]]) -> None:
    tx.execute_many(
        "INSERT INTO edge_claims (node_id, name, port, owner) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (node_id, name, port) DO NOTHING",
        [(node_id, name, port, owner) for name, port in sorted(claims)],
    )


def delete_of_node(tx: Transaction, node_id: str) -> None:
    for table in ("edge_claims", "edge_served"):
        tx.execute(f"DELETE FROM {table} WHERE node_id = ?", (node_id,))
