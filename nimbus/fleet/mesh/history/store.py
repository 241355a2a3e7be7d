"""SQL of the mesh's history. `step` is that of a grain in seconds, `start` Unix seconds."""

from __future__ import annotations

from nimbus.db import Transaction


def block(tx: Transaction, node_id: str, step: int, start: int) -> bytes | None:
    row = tx.one(
        "SELECT packed FROM mesh_history WHERE node_id = ? AND step = ? AND start = ?", (node_id, step, start)
    )
    return bytes(row[0]) if row else None


def blocks(tx: Transaction, node_id: str, step: int, since: int, until: int) -> dict[int, bytes]:
    """Those that begin in this time, by their beginning."""
    rows = tx.all(
        "SELECT start, packed FROM mesh_history WHERE node_id = ? AND step = ? AND start >= ? AND start < ?",
        (node_id, step, since, until),
    )
    return {row[0]: bytes(row[1]) for row in rows}


def save_block(tx: Transaction, node_id: str, step: int, start: int, packed: bytes) -> None:
    tx.execute(
        "INSERT INTO mesh_history (node_id, step, start, packed) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (node_id, step, start) DO UPDATE SET packed = excluded.packed",
        (node_id, step, start, packed),
    )


def nodes_since(tx: Transaction, step: int, since: int) -> list[str]:
    """Those of which blocks begin from then on."""
    rows = tx.all("SELECT DISTINCT node_id FROM mesh_history WHERE step = ? AND start >= ?", (step, since))
    return [row[0] for row in rows]


def has_any(tx: Transaction, step: int, since: int, until: int) -> bool:
    row = tx.one(
        "SELECT 1 FROM mesh_history WHERE step = ? AND start >= ? AND start < ? LIMIT 1", (step, since, until)
    )
    return row is not None


def prune(tx: Transaction, step: int, before: int, most: int) -> int:
    return tx.execute(
        "DELETE FROM mesh_history WHERE (node_id, step, start) IN"
        " (SELECT node_id, step, start FROM mesh_history WHERE step = ? AND start < ? LIMIT ?)",
        (step, before, most),
    )


def forget_node(tx: Transaction, node_id: str) -> None:
    tx.execute("DELETE FROM mesh_history WHERE node_id = ?", (node_id,))
