"""SQL of what nodes can be filtered by."""

from __future__ import annotations

from collections.abc import Collection

from nimbus.db import Transaction
from nimbus.db.labels import labels_of
from nimbus.db.selection import Selection

Counts = dict[str, int]


def counts(tx: Transaction, workspaces: Collection[str] | None, column: str) -> Counts:
    """Values of a column of nodes in these workspaces (None: all), and how many nodes have each."""
    selection = Selection().where("deleted_at IS NULL").within("workspace_id", workspaces)
    return {value: number for value, number in selection.grouped(tx, column, "nodes") if value}


def label_counts(tx: Transaction, workspaces: Collection[str] | None) -> Counts:
    """`key=value`, and how many nodes have it."""
    found: Counts = {}
    for labels, number in counts(tx, workspaces, "labels").items():
        for key, value in labels_of(labels).items():
            found[f"{key}={value}"] = found.get(f"{key}={value}", 0) + number
    return found
