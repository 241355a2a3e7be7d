"""How long the rows of each table are kept: one line for each, and the statements that delete what is old, in small
pieces, so that no other change waits long."""

from __future__ import annotations

import msgspec

from nimbus.db.transaction import Transaction, placeholders
from nimbus.kernel.clock import from_seconds

DAY_S = 86_400.0
# Rows of the table itself, and of those that belong to it, in one transaction.
PIECE, PIECE_OF_DEPENDENTS = 200, 2_000


class Dependents(msgspec.Struct, frozen=True):
    """Rows of another table that go before the row that their `column` names; `key`: their primary key."""

    table: str
    column: str
    key: tuple[str, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`keeps` says in words how long. Without `ended`, a column with epoch microseconds, nothing is deleted by this
    line: the words say who does, or that the rows stay. A row goes `days` after its `ended` (0: not by age), or
    when there are `most` that ended later (0: any number); but not while a row of `unless` (table, column) names
    it, nor while what it belongs to by `part_of` (own column, table, column there) has not ended."""

    table: str
    keeps: str
    ended: str = ""
    key: str = "id"
    unless: tuple[tuple[str, str], ...] = ()
    part_of: tuple[tuple[str, str, str], ...] = ()
    days: float = 0
    most: int = 0
    dependents: tuple[Dependents, ...] = ()


class Held(msgspec.Struct, frozen=True):
    """What a table holds now. `oldest` is epoch microseconds; None: nothing, or nobody asks for its age."""

    rows: int
    oldest: int | None


def held(tx: Transaction, line: Line) -> Held:
    oldest = f"MIN({line.ended})" if line.ended else "NULL"
    row = tx.one(f"SELECT COUNT(*), {oldest} FROM {line.table}")
    assert row is not None
    return Held(row[0], row[1])


def prune_piece(tx: Transaction, line: Line, now: int) -> bool:
    """Delete a piece of what is too old or too much; whether there may be more."""
    before = _limit(tx, line, now)
    if before is None:
        return False
    condition = "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.{column} = {line.table}.{line.key})"
        for table, column in line.unless
    ) + "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.id = {line.table}.{own} AND {table}.{end} IS NULL)"
        for own, table, end in line.part_of
    )
    keys = [
        row[0]
        for row in tx.all(
            f"SELECT {line.key} FROM {line.table} WHERE {line.ended} < ?{condition}"
            f" ORDER BY {line.ended} LIMIT {PIECE}",
            (before,),
        )
    ]
    if not keys:
        return False
    for dependents in line.dependents:
        if _delete_dependents(tx, dependents, keys) >= PIECE_OF_DEPENDENTS:
            return True
    tx.execute(f"DELETE FROM {line.table} WHERE {line.key} IN ({placeholders(len(keys))})", keys)
    return len(keys) == PIECE


def _delete_dependents(tx: Transaction, dependents: Dependents, keys: list[str]) -> int:
    columns = ", ".join(dependents.key)
    return tx.execute(
        f"DELETE FROM {dependents.table} WHERE ({columns}) IN (SELECT {columns} FROM {dependents.table}"
        f" WHERE {dependents.column} IN ({placeholders(len(keys))}) LIMIT {PIECE_OF_DEPENDENTS})",
        keys,
    )


def _limit(tx: Transaction, line: Line, now: int) -> int | None:
    """What ended before may go; None: nothing may."""
    if not line.ended:
        return None
    limits = []
    if line.days > 0:
        limits.append(now - from_seconds(line.days * DAY_S))
    if line.most > 0:
        beyond = tx.value(
            f"SELECT {line.ended} FROM {line.table} WHERE {line.ended} IS NOT NULL"
            f" ORDER BY {line.ended} DESC LIMIT 1 OFFSET {int(line.most)}"
        )
        if beyond is not None:
            limits.append(beyond + 1)
    return max(limits, default=None)


# The wall clock, vouched for.

MARK_EVERY_S = 3_600.0
# By a clock that is right, a control plane that runs was there in these last hours.
WITNESS_FROM_S, WITNESS_TO_S = 24 * 3_600.0, 6 * 3_600.0
KEPT_MARKS = 500


def mark_clock(tx: Transaction, now: int) -> None:
    tx.execute("INSERT INTO clock_marks (at) VALUES (?) ON CONFLICT DO NOTHING", (now,))
    tx.execute(
        "DELETE FROM clock_marks WHERE at NOT IN (SELECT at FROM clock_marks ORDER BY at DESC LIMIT ?)",
        (KEPT_MARKS,),
    )


def is_vouched_for(tx: Transaction, now: int) -> bool:
    """Whether this control plane ran some hours ago by the clock that says `now`: one that has just been set ahead
    must delete nothing."""
    since, until = now - from_seconds(WITNESS_FROM_S), now - from_seconds(WITNESS_TO_S)
    return tx.one("SELECT 1 FROM clock_marks WHERE at >= ? AND at < ? LIMIT 1", (since, until)) is not None
