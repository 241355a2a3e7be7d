"""Which history the database belongs to.

A backup, a snapshot or an old file that takes the place of the database takes the control plane back in time:
numbers that were given since then are given again, to other things. So the database has a generation. It is raised
whenever an older copy took its place, and every number that others hold on to (revisions of the mesh, cursors of
events) jumps beyond all that were given before: whoever holds one notices, and asks for everything.
"""

from __future__ import annotations

import uuid

import msgspec

from nimbus.db.transaction import Transaction

# More than are given in any lifetime; what is counted from there on still is exact in JavaScript.
JUMP = 1_000_000_000


class Generation(msgspec.Struct, frozen=True):
    """`lineage` is made with the database, and the same in all of its copies."""

    lineage: str
    number: int


class Watermark(msgspec.Struct, frozen=True):
    """How far a database had come: what a copy of before cannot have reached. `commits` counts changes of
    tables."""

    lineage: str
    number: int
    commits: int


def generation(tx: Transaction) -> Generation | None:
    """None of a database that no control plane has served yet."""
    row = tx.one("SELECT lineage, number FROM database_generation WHERE id = 1")
    return Generation(row["lineage"], row["number"]) if row else None


def is_empty(tx: Transaction) -> bool:
    """Whether no control plane has ever served this database."""
    return generation(tx) is None and not tx.value("SELECT COUNT(*) FROM organizations")


def ensure_generation(tx: Transaction) -> Generation:
    present = generation(tx)
    if present is None:
        present = Generation(str(uuid.uuid4()), 1)
        tx.execute(
            "INSERT INTO database_generation (id, lineage, number) VALUES (1, ?, ?)",
            (present.lineage, present.number),
        )
    return present


def watermark(tx: Transaction) -> Watermark | None:
    present = generation(tx)
    if present is None:
        return None
    commits = int(tx.value("SELECT COALESCE(SUM(version), 0) FROM table_versions"))
    return Watermark(present.lineage, present.number, commits)


def is_behind(present: Watermark, reached: Watermark) -> bool:
    """Whether a database is an older copy of one that had come so far."""
    if present.lineage != reached.lineage:
        return False
    return (present.number, present.commits) < (reached.number, reached.commits)


def begin_generation(tx: Transaction, number: int) -> Generation:
    """From now on it is a history of its own."""
    present = ensure_generation(tx)
    begun = Generation(present.lineage, max(number, present.number + 1))
    tx.execute("UPDATE database_generation SET number = ? WHERE id = 1", (begun.number,))
    tx.execute("UPDATE mesh_state SET revision = revision + ?", (JUMP,))
    tx.execute("UPDATE mesh_scopes SET revision = revision + ?", (JUMP,))
    tx.execute("UPDATE mesh_scopes SET seen_anew = revision, forgotten_before = revision")
    tx.execute("UPDATE event_cursor SET newest = newest + ?", (JUMP,))
    tx.execute("UPDATE event_cursor SET pruned_through = newest")
    return begun
