"""SQL of edges."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.transaction import Row, placeholders
from nimbus.edge.edges.records import Edge, StoredReport
from nimbus.protocol.edge import EdgeReport, EdgeSettings

_EDGE = "node_id, settings, shared_with, created_at, updated_at, revision"
_settings = msgspec.json.Decoder(EdgeSettings)
_shared = msgspec.json.Decoder(tuple[str, ...])
_report = msgspec.json.Decoder(EdgeReport)
_encode = msgspec.json.Encoder().encode


def _edge(row: Row) -> Edge:
    return Edge(
        node_id=row["node_id"],
        settings=_settings.decode(row["settings"]),
        shared_with=_shared.decode(row["shared_with"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
    )


def get(tx: Transaction, node_id: str) -> Edge | None:
    row = tx.one(f"SELECT {_EDGE} FROM edge_nodes WHERE node_id = ?", (node_id,))
    return _edge(row) if row else None


def every(tx: Transaction) -> list[Edge]:
    return [_edge(row) for row in tx.all(f"SELECT {_EDGE} FROM edge_nodes ORDER BY node_id")]


def save(tx: Transaction, edge: Edge) -> None:
    tx.execute(
        f"INSERT INTO edge_nodes ({_EDGE}) VALUES ({placeholders(6)})"
        " ON CONFLICT (node_id) DO UPDATE SET settings = excluded.settings,"
        " shared_with = excluded.shared_with, updated_at = excluded.updated_at, revision = excluded.revision",
        (
            edge.node_id,
            _encode(edge.settings).decode(),
            _encode(edge.shared_with).decode(),
            edge.created_at,
            edge.updated_at,
            edge.revision,
        ),
    )


def delete(tx: Transaction, node_id: str) -> None:
    tx.execute("DELETE FROM edge_reports WHERE node_id = ?", (node_id,))
    tx.execute("DELETE FROM edge_nodes WHERE node_id = ?", (node_id,))


def reports(tx: Transaction, node_ids: Collection[str]) -> dict[str, StoredReport]:
    found: dict[str, StoredReport] = {}
    listed: Sequence[str] = list(node_ids)
    for first in range(0, len(listed), 500):
        part = listed[first : first + 500]
        rows = tx.all(
            "SELECT node_id, reported_at, report FROM edge_reports"
            f" WHERE node_id IN ({placeholders(len(part))})",
            part,
        )
        for row in rows:
            found[row["node_id"]] = StoredReport(row["reported_at"], _report.decode(row["report"]))
    return found


def save_report(tx: Transaction, node_id: str, stored: StoredReport) -> None:
    tx.execute(
        "INSERT INTO edge_reports (node_id, reported_at, report) VALUES (?, ?, ?)"
        " ON CONFLICT (node_id) DO UPDATE SET reported_at = excluded.reported_at, report = excluded.report",
        (node_id, stored.reported_at, _encode(stored.report).decode()),
    )
