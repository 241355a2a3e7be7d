"""SQL of nodes and their certificates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.transaction import Row, Value
from nimbus.nodes.records import CertificateRow, Node, NodeReport, NodeState
from nimbus.protocol.messages import Facts

_COLUMNS = (
    "id, workspace_id, name, hostname, deployment_mode, version, public_ip, overlay_ip, state, maintenance,"
    " capabilities, labels, facts, report, last_seen_at, state_since, created_at, updated_at"
)
_labels = msgspec.json.Decoder(dict[str, str])
_capabilities = msgspec.json.Decoder(tuple[str, ...])
_facts = msgspec.json.Decoder(Facts)
_report = msgspec.json.Decoder(NodeReport)


def _node(row: Row) -> Node:
    return Node(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        hostname=row["hostname"],
        deployment_mode=row["deployment_mode"],
        version=row["version"],
        public_ip=row["public_ip"],
        overlay_ip=row["overlay_ip"],
        state=NodeState(row["state"]),
        maintenance=bool(row["maintenance"]),
        capabilities=_capabilities.decode(row["capabilities"]),
        labels=_labels.decode(row["labels"]),
        facts=_facts.decode(row["facts"]),
        report=_report.decode(row["report"]),
        last_seen_at=row["last_seen_at"],
        state_since=row["state_since"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def json_text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def insert(tx: Transaction, node: Node) -> None:
    tx.execute(
        f"INSERT INTO nodes ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            node.id, node.workspace_id, node.name, node.hostname, node.deployment_mode, node.version,
            node.public_ip, node.overlay_ip, node.state, int(node.maintenance), json_text(node.capabilities),
            json_text(node.labels), json_text(node.facts), json_text(node.report), node.last_seen_at,
            node.state_since, node.created_at, node.updated_at,
        ),
    )  # fmt: skip


def update(tx: Transaction, node: Node) -> None:
    """Write what an operator or an enrolment changes; heartbeats have `save_reports`."""
    tx.execute(
        "UPDATE nodes SET name = ?, hostname = ?, deployment_mode = ?, version = ?, public_ip = ?,"
        " overlay_ip = ?, maintenance = ?, capabilities = ?, labels = ?, facts = ?, updated_at = ? WHERE id = ?",
        (
            node.name, node.hostname, node.deployment_mode, node.version, node.public_ip, node.overlay_ip,
            int(node.maintenance), json_text(node.capabilities), json_text(node.labels),
            json_text(node.facts), node.updated_at, node.id,
        ),
    )  # fmt: skip


def get(tx: Transaction, node_id: str) -> Node | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM nodes WHERE id = ? AND deleted_at IS NULL", (node_id,))
    return _node(row) if row else None


def find(tx: Transaction, workspace_id: str, name: str) -> Node | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM nodes WHERE workspace_id = ? AND name = ? AND deleted_at IS NULL",
        (workspace_id, name),
    )
    return _node(row) if row else None


def name_of(tx: Transaction, node_id: str) -> str:
    return str(tx.value("SELECT name FROM nodes WHERE id = ?", (node_id,)) or "")


def select(
    tx: Transaction,
    *,
    workspace_id: str | None,
    state: NodeState | None,
    label: str | None,
    limit: int,
    offset: int,
) -> tuple[list[Node], int]:
    """One page, by name, and how many there are in all."""
    where, parameters = ["deleted_at IS NULL"], list[Value]()
    if workspace_id is not None:
        where.append("workspace_id = ?")
        parameters.append(workspace_id)
    if state is NodeState.MAINTENANCE:
        where.append("maintenance = 1")
    elif state is not None:
        where.append("state = ? AND maintenance = 0")
        parameters.append(state)
    if label is not None:
        key, _, value = label.partition("=")
        # Not LIKE: in SQLite it takes upper and lower case for the same. Quotes cannot be part of a label.
        where.append("REPLACE(labels, ?, '') <> labels")
        parameters.append(json_text(key) + ":" + json_text(value))
    condition = " AND ".join(where)
    total = tx.value(f"SELECT COUNT(*) FROM nodes WHERE {condition}", parameters)
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM nodes WHERE {condition} ORDER BY name, id LIMIT ? OFFSET ?",
        [*parameters, limit, offset],
    )
    return [_node(row) for row in rows], total


def mark_deleted(tx: Transaction, node_id: str, at: int) -> None:
    tx.execute("UPDATE nodes SET deleted_at = ?, updated_at = ? WHERE id = ?", (at, at, node_id))


def liveness(tx: Transaction) -> list[tuple[str, NodeState, int | None]]:
    rows = tx.all("SELECT id, state, last_seen_at FROM nodes WHERE deleted_at IS NULL")
    return [(row["id"], NodeState(row["state"]), row["last_seen_at"]) for row in rows]


def save_reports(tx: Transaction, rows: Iterable[tuple[int, str, str, str]]) -> None:
    """(last_seen_at, report as JSON, version, node id) of many nodes."""
    tx.execute_many(
        "UPDATE nodes SET last_seen_at = ?, report = ?, version = ? WHERE id = ? AND deleted_at IS NULL", rows
    )


def save_states(tx: Transaction, rows: Sequence[tuple[str, int, str]]) -> None:
    """(state, since, node id) of many nodes."""
    tx.execute_many("UPDATE nodes SET state = ?, state_since = ? WHERE id = ? AND deleted_at IS NULL", rows)


def insert_certificate(tx: Transaction, row: CertificateRow) -> None:
    tx.execute(
        "INSERT INTO node_certificates (serial, node_id, issued_at, expires_at) VALUES (?, ?, ?, ?)",
        (row.serial, row.node_id, row.issued_at, row.expires_at),
    )


def revoke_certificates(tx: Transaction, node_id: str, at: int, *, keep_serial: str = "") -> None:
    tx.execute(
        "UPDATE node_certificates SET revoked_at = ? WHERE node_id = ? AND serial <> ? AND revoked_at IS NULL",
        (at, node_id, keep_serial),
    )


def valid_certificates(tx: Transaction, now: int) -> dict[str, str]:
    """Serial to node id, of every certificate that is neither revoked nor expired."""
    rows = tx.all(
        "SELECT serial, node_id FROM node_certificates WHERE revoked_at IS NULL AND expires_at > ?", (now,)
    )
    return {row["serial"]: row["node_id"] for row in rows}
