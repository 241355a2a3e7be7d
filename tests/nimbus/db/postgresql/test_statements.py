"""What store functions write, and what they read, on PostgreSQL."""

from __future__ import annotations

from enum import StrEnum

import pytest

from nimbus.db import Transaction
from nimbus.db.engine import engine_of
from nimbus.db.postgresql.statements import with_percent_marks
from tests.kit.clock import SettableClock


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT ?", "SELECT %s"),
        ("SELECT '?', ?", "SELECT '?', %s"),
        (
            "SELECT 'it''s ?', \"a?b\", ? WHERE a LIKE '5%'",
            "SELECT 'it''s ?', \"a?b\", %s WHERE a LIKE '5%%'",
        ),
        ("SELECT 7 % ?", "SELECT 7 %% %s"),
        ("SELECT 'new\nline?', ?", "SELECT 'new\nline?', %s"),
    ],
)
def test_question_marks_become_placeholders_outside_of_quotes(sql: str, expected: str) -> None:
    assert with_percent_marks(sql) == expected.encode()


class Colour(StrEnum):
    RED = "red"


def test_values_and_rows_are_as_on_sqlite(url: str) -> None:
    engine = engine_of(url)
    engine.migrate(SettableClock())
    session = engine.write_session()
    try:
        tx = Transaction(session)
        row = tx.one(
            "SELECT CAST(? AS bigint) AS truth, CAST(? AS text) AS name, 1 = 1 AS same, SUM(x), '?%' AS marks"
            " FROM (SELECT ? AS x UNION ALL SELECT ?) AS numbers",
            (True, Colour.RED, 2**40, 2),
        )
        assert row is not None
        assert (row["truth"], row["name"], row["same"], row["sum"], row["marks"]) == (
            1,
            "red",
            1,
            2**40 + 2,
            "?%",
        )
        assert tuple(row) == (1, "red", 1, 2**40 + 2, "?%")
        assert list(row.keys()) == ["truth", "name", "same", "sum", "marks"]
        assert type(row["same"]) is int
        first, *others = row
        assert (first, len(others), row[-1]) == (1, 4, "?%")
        assert tx.value("SELECT CAST(? AS bytea)", (b"\0\xff",)) == b"\0\xff"
        assert tx.value("SELECT '?'") == "?"
    finally:
        session.close()


def test_text_with_a_nul_is_kept_with_a_mark_in_its_place(url: str) -> None:
    """A program may have printed one; SQLite's text has it, PostgreSQL's cannot."""
    session = engine_of(url).write_session()
    try:
        assert Transaction(session).value("SELECT CAST(? AS text)", ("a\0b",)) == "a\ufffdb"
    finally:
        session.close()


def test_many_rows_and_none(url: str) -> None:
    engine = engine_of(url)
    engine.migrate(SettableClock())
    session = engine.write_session()
    try:
        tx = Transaction(session)
        sql = "INSERT INTO spent_challenges (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
        assert tx.execute_many(sql, []) == 0
        assert tx.execute_many(sql, [("a", 1), ("b", 2), ("a", 3)]) == 2
        assert tx.execute("DELETE FROM spent_challenges") == 2
    finally:
        session.close()
