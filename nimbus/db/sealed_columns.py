"""Columns that hold sealed values, of whatever slice: which master keys they name, and how one is exchanged.

A sealed value is `KEY ID.BASE64`, '' where there is none. `nimbus.composition.sealed_columns` lists the columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from nimbus.db.transaction import Row, Transaction, Value

_PREFIX = re.compile(r"([0-9a-f]{16})\.", re.ASCII)


class SealedColumn(msgspec.Struct, frozen=True):
    """`key_columns` are the primary key of the table. `context` is what the value of a row is sealed for."""

    table: str
    key_columns: tuple[str, ...]
    column: str
    context: Callable[[Row], str]

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"

    def prefix(self) -> str:
        """The key id with its dot, as an expression; an index on exactly this serves counting."""
        return f"SUBSTR({self.column}, 1, 17)"


class Usage(msgspec.Struct, frozen=True):
    """How many values of a column name a key. `key_id` of "": what they begin with is no key id."""

    column: str
    key_id: str
    count: int


def usage(tx: Transaction, columns: Iterable[SealedColumn]) -> list[Usage]:
    uses = []
    for column in columns:
        prefix = column.prefix()
        for row in tx.all(
            f"SELECT {prefix} AS prefix, COUNT(*) AS amount FROM {column.table} WHERE {prefix} <> ''"
            f" GROUP BY {prefix}"
        ):
            match = _PREFIX.fullmatch(row["prefix"])
            uses.append(Usage(column.name, match[1] if match else "", row["amount"]))
    return uses


def other_than(
    tx: Transaction, column: SealedColumn, key_id: str, *, after: tuple[Value, ...], limit: int
) -> list[Row]:
    """Whole rows whose value is not sealed with this key, by their primary key, which is past `after`."""
    prefix, keys = column.prefix(), ", ".join(column.key_columns)
    beyond = f" AND ({keys}) > ({', '.join('?' * len(after))})" if after else ""
    return tx.all(
        f"SELECT * FROM {column.table} WHERE {prefix} <> '' AND {prefix} <> ?{beyond} ORDER BY {keys} LIMIT ?",
        (f"{key_id}.", *after, limit),
    )


def exchange(tx: Transaction, sealed: SealedColumn, key: tuple[Value, ...], old: str, new: str) -> bool:
    """Whether the value was still `old`."""
    keys = " AND ".join(f"{column} = ?" for column in sealed.key_columns)
    changed = tx.execute(
        f"UPDATE {sealed.table} SET {sealed.column} = ? WHERE {keys} AND {sealed.column} = ?",
        (new, *key, old),
    )
    return changed == 1
