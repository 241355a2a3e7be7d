"""SQL of metrics. Blocks are packed (`nimbus.fleet.metrics.blocks`); times are Unix seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nimbus.db import Transaction
from nimbus.db.transaction import placeholders

Packed = tuple[str, int, bytes]
"""Whose, from when on, and what."""


def save_samples(tx: Transaction, rows: Iterable[Packed]) -> None:
    tx.execute_many(
        "INSERT INTO metric_samples (node_id, start, samples) VALUES (?, ?, ?)"
        " ON CONFLICT (node_id, start) DO UPDATE SET samples = excluded.samples",
        rows,
    )


def save_minutes(tx: Transaction, rows: Iterable[Packed]) -> None:
    tx.execute_many(
        "INSERT INTO metric_minutes (node_id, start, samples) VALUES (?, ?, ?)"
        " ON CONFLICT (node_id, start) DO UPDATE SET samples = excluded.samples",
        rows,
    )


def save_fleet(tx: Transaction, rows: Iterable[Packed]) -> None:
    tx.execute_many(
        "INSERT INTO metric_fleet (workspace_id, start, samples) VALUES (?, ?, ?)"
        " ON CONFLICT (workspace_id, start) DO UPDATE SET samples = excluded.samples",
        rows,
    )


def samples(tx: Transaction, node_id: str, since: int, until: int) -> dict[int, bytes]:
    """Blocks of one node that begin in this time, by their beginning."""
    return dict(
        tuple(row)
        for row in tx.all(
            "SELECT start, samples FROM metric_samples WHERE node_id = ? AND start >= ? AND start < ?",
            (node_id, since, until),
        )
    )


def samples_of(tx: Transaction, rows: Sequence[Packed]) -> dict[tuple[str, int], bytes]:
    """What is stored in the place of these rows, by node and beginning."""
    if not rows:
        return {}
    nodes, starts = sorted({node_id for node_id, _, _ in rows}), [start for _, start, _ in rows]
    stored = tx.all(
        f"SELECT node_id, start, samples FROM metric_samples WHERE node_id IN ({placeholders(len(nodes))})"
        " AND start >= ? AND start <= ?",
        (*nodes, min(starts), max(starts)),
    )
    return {(row[0], row[1]): row[2] for row in stored}


def minutes(tx: Transaction, node_id: str, since: int, until: int) -> dict[int, bytes]:
    return dict(
        tuple(row)
        for row in tx.all(
            "SELECT start, samples FROM metric_minutes WHERE node_id = ? AND start >= ? AND start < ?",
            (node_id, since, until),
        )
    )


def fleet(tx: Transaction, workspaces: Sequence[str], since: int, until: int) -> list[Packed]:
    packed: list[Packed] = []
    for first in range(0, len(workspaces), 500):
        some = workspaces[first : first + 500]
        rows = tx.all(
            "SELECT workspace_id, start, samples FROM metric_fleet"
            f" WHERE workspace_id IN ({placeholders(len(some))}) AND start >= ? AND start < ?",
            (*some, since, until),
        )
        packed += [(row[0], row[1], row[2]) for row in rows]
    return packed


def recent(tx: Transaction, since: int) -> list[Packed]:
    """Blocks of all nodes that begin from then on."""
    rows = tx.all("SELECT node_id, start, samples FROM metric_samples WHERE start >= ?", (since,))
    return [(row[0], row[1], row[2]) for row in rows]


def recent_fleet(tx: Transaction, since: int) -> list[Packed]:
    rows = tx.all("SELECT workspace_id, start, samples FROM metric_fleet WHERE start >= ?", (since,))
    return [(row[0], row[1], row[2]) for row in rows]


def has_samples(tx: Transaction, since: int, until: int) -> bool:
    """Whether any node has blocks that begin in this time."""
    row = tx.one("SELECT 1 FROM metric_samples WHERE start >= ? AND start < ? LIMIT 1", (since, until))
    return row is not None


def to_roll_up(tx: Transaction, window_s: int, before: int) -> list[tuple[str, int]]:
    """(node, window) of every window that was over `before`, has samples and no minutes yet."""
    rows = tx.all(
        "SELECT DISTINCT s.node_id, s.start / ? * ? AS window_start FROM metric_samples s WHERE s.start < ?"
        " AND NOT EXISTS (SELECT 1 FROM metric_minutes m"
        " WHERE m.node_id = s.node_id AND m.start = s.start / ? * ?) ORDER BY 2, 1",
        (window_s, window_s, before, window_s, window_s),
    )
    return [(row[0], row[1]) for row in rows]


def drop_minutes(tx: Transaction, windows: Iterable[tuple[str, int]]) -> None:
    """(node, window) of many: they are made anew from the samples."""
    tx.execute_many("DELETE FROM metric_minutes WHERE node_id = ? AND start = ?", windows)


def prune_samples(tx: Transaction, before: int, limit: int) -> int:
    return tx.execute(
        "DELETE FROM metric_samples WHERE (node_id, start) IN"
        " (SELECT node_id, start FROM metric_samples WHERE start < ? LIMIT ?)",
        (before, limit),
    )


def prune_minutes(tx: Transaction, before: int, limit: int) -> int:
    return tx.execute(
        "DELETE FROM metric_minutes WHERE (node_id, start) IN"
        " (SELECT node_id, start FROM metric_minutes WHERE start < ? LIMIT ?)",
        (before, limit),
    )


def prune_fleet(tx: Transaction, before: int) -> int:
    return tx.execute("DELETE FROM metric_fleet WHERE start < ?", (before,))


def forget_node(tx: Transaction, node_id: str) -> None:
    tx.execute("DELETE FROM metric_samples WHERE node_id = ?", (node_id,))
    tx.execute("DELETE FROM metric_minutes WHERE node_id = ?", (node_id,))


def forget_workspace(tx: Transaction, workspace_id: str) -> None:
    tx.execute("DELETE FROM metric_fleet WHERE workspace_id = ?", (workspace_id,))
