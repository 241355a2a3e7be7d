"""Versions of tables: a trigger of each table counts, whoever writes."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest

from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.db.engine import engine_of
from tests.kit.clock import SettableClock

TABLES = ("organizations", "workspaces", "spent_challenges", "sessions", "cli_grants", "users")
_ADD = "INSERT INTO spent_challenges (id, expires_at) VALUES (?, 1)"


@pytest.fixture
def place(url: str) -> str:
    engine_of(url).migrate(SettableClock())
    return url


def versions(place: str) -> tuple[int, ...]:
    return write_once(place, lambda tx: tx.table_versions(TABLES))


def changed(before: tuple[int, ...], after: tuple[int, ...]) -> dict[str, int]:
    return {name: new - old for name, old, new in zip(TABLES, before, after, strict=True) if new != old}


def test_a_transaction_counts_each_table_once(place: str) -> None:
    def insert_four(tx: Transaction) -> None:
        for name in ("a", "b", "c"):
            tx.execute(_ADD, (name,))
        tx.execute("INSERT INTO organizations (id, name, created_at) VALUES ('o', 'o', 1)")

    before = versions(place)
    write_once(place, insert_four)
    assert changed(before, versions(place)) == {"spent_challenges": 1, "organizations": 1}
    write_once(place, lambda tx: tx.execute(_ADD, ("d",)))
    assert changed(before, versions(place)) == {"spent_challenges": 2, "organizations": 1}


def test_what_goes_with_a_row_counts(place: str) -> None:
    def insert_session(tx: Transaction) -> None:
        tx.execute("INSERT INTO users (id, username, is_admin, created_at) VALUES ('u', 'u', 0, 1)")
        tx.execute(
            "INSERT INTO sessions (id, user_id, methods, source, user_agent, created_at, last_used_at,"
            " last_used_from, expires_at, revoked_for) VALUES ('s', 'u', '', '', '', 1, 1, '', 9, '')"
        )
        tx.execute("INSERT INTO cli_grants VALUES ('c', 's', '', 9)")

    write_once(place, insert_session)
    before = versions(place)
    write_once(place, lambda tx: tx.execute("DELETE FROM sessions"))
    assert changed(before, versions(place)) == {"sessions": 1, "cli_grants": 1}


def test_what_is_undone_is_not_counted_and_counts_when_it_is_done_again(place: str) -> None:
    def insert_and_undo(tx: Transaction) -> None:
        with suppress(RuntimeError), tx.savepoint():
            tx.execute(_ADD, ("a",))
            raise RuntimeError

    before = versions(place)
    write_once(place, insert_and_undo)
    assert changed(before, versions(place)) == {}

    def again(tx: Transaction) -> None:
        insert_and_undo(tx)
        tx.execute(_ADD, ("a",))

    write_once(place, again)
    assert changed(before, versions(place)) == {"spent_challenges": 1}


def test_what_is_changed_by_hand_counts(place: str) -> None:
    before = versions(place)
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("TRUNCATE spent_challenges")
        connection.execute("UPDATE organizations SET name = name")
    assert changed(before, versions(place)) == {"spent_challenges": 1, "organizations": 1}
