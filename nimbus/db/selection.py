"""One page of a collection: conditions, order, how many there are in all. Every list goes through here, so that
filters, permissions and totals are one statement's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db.labels import has_labels
from nimbus.db.transaction import Row, Transaction, Value, placeholders

LAST_ASCII = "\x7f"


class Selection:
    """Conditions of a WHERE, all of which must hold. Column names come from code, never from a caller."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self._parameters: list[Value] = []

    def where(self, condition: str, *parameters: Value) -> Selection:
        self._conditions.append(f"({condition})")
        self._parameters += parameters
        return self

    def equal(self, column: str, value: Value) -> Selection:
        """None: any."""
        return self if value is None else self.where(f"{column} = ?", value)

    def within(self, column: str, values: Collection[str] | None) -> Selection:
        """One of these; none of these is nothing at all. None: any."""
        if values is None:
            return self
        if not values:
            return self.where("1 = 0")
        return self.where(f"{column} IN ({placeholders(len(values))})", *sorted(values))

    def beginning(self, column: str, start: str) -> Selection:
        """Text of ASCII characters that begins with this: by an index of the column, where there is one."""
        return self.where(f"{column} >= ? AND {column} < ?", start, start + LAST_ASCII)

    def any_of(self, others: Sequence[Selection]) -> Selection:
        """All conditions of one of the others hold; of none of them is nothing at all."""
        parameters = [value for other in others for value in other._parameters]
        whole = (" AND ".join(other._conditions) or "1 = 1" for other in others)
        return self.where(" OR ".join(f"({conditions})" for conditions in whole) or "1 = 0", *parameters)

    def labelled(self, column: str, labels: str | None) -> Selection:
        """All of `key=value,key=value` in a column of labels. None: any."""
        for condition in [] if labels is None else has_labels(column, labels):
            self.where(*condition)
        return self

    def page(
        self,
        tx: Transaction,
        columns: str,
        table: str,
        *,
        order: Sequence[tuple[str, bool]],
        sortable: Mapping[str, str],
        default: str,
        limit: int,
        offset: int,
    ) -> tuple[list[Row], int]:
        """The rows, and how many there are on all pages. `order` are fields of `sortable`, which has their
        columns; `default` follows them, and must make the order total."""
        condition = self._clause()
        total = tx.value(f"SELECT COUNT(*) FROM {table}{condition}", self._parameters)
        sort = _sort(order, sortable, default)
        rows = tx.all(
            f"SELECT {columns} FROM {table}{condition} ORDER BY {sort} LIMIT ? OFFSET ?",
            [*self._parameters, limit, offset],
        )
        return rows, int(total)

    def grouped(self, tx: Transaction, what: str, table: str) -> list[Row]:
        """(value, how many rows) of every value of an expression."""
        condition = self._clause()
        return tx.all(f"SELECT {what}, COUNT(*) FROM {table}{condition} GROUP BY 1", self._parameters)

    def first(self, tx: Transaction, columns: str, table: str, *, order: str, limit: int) -> list[Row]:
        """The first rows, without a look at how many there are."""
        condition = self._clause()
        return tx.all(
            f"SELECT {columns} FROM {table}{condition} ORDER BY {order} LIMIT ?", [*self._parameters, limit]
        )

    def _clause(self) -> str:
        return f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""


def _sort(order: Sequence[tuple[str, bool]], sortable: Mapping[str, str], default: str) -> str:
    return ", ".join([*(f"{sortable[name]} {'DESC' if down else 'ASC'}" for name, down in order), default])


def nothing_first(column: str) -> str:
    """To sort by a time that there may not be. Engines put NULL at different ends."""
    return f"COALESCE({column}, -1)"


def nothing_last(column: str) -> str:
    """To sort by a figure that may not be known: in both directions those without it come last."""
    return f"{column} IS NULL, {column}"


def stored_json(text: str | msgspec.Raw) -> Any:
    """JSON that becomes part of an answer as it is stored, in the place of what it stands for."""
    return text if isinstance(text, msgspec.Raw) else msgspec.Raw(text)


def contains(columns: Sequence[str], words: str) -> tuple[str, str]:
    """Condition and parameter: one of the columns has these words somewhere, upper and lower case alike."""
    # One text of all columns: there is one parameter then, and nobody types what stands between them.
    whole = " || '\n' || ".join(f"COALESCE({column}, '')" for column in columns)
    return f"REPLACE(LOWER({whole}), ?, '') <> LOWER({whole})", words.lower()
