"""A SQLite file becomes a PostgreSQL database: all of it, once, however often it is killed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nimbus.db import Transaction, move
from nimbus.db.database import write_once
from nimbus.db.engine import engine_of
from nimbus.db.generation import ensure_generation, generation, watermark
from nimbus.db.migration import DatabaseUnusable
from nimbus.db.move import Moved
from nimbus.kernel.errors import Unavailable
from tests.kit.clock import SettableClock
from tests.kit.database import plain_connection
from tests.kit.postgresql import Server

CLOCK = SettableClock()
TABLES = (
    "organizations",
    "workspaces",
    "users",
    "sessions",
    "spent_challenges",
    "metric_samples",
    "mail_settings",
)


def fill(tx: Transaction) -> None:
    ensure_generation(tx)
    for number in range(40):
        tx.execute(
            "INSERT INTO organizations (id, name, description, created_at) VALUES (?, ?, ?, ?)",
            (f"o{number}", f"name-{number}", "é€😀'\"\\\t\n%s ? \\N", number - 20),
        )
        tx.execute(
            "INSERT INTO workspaces (id, organization_id, name, created_at) VALUES (?, ?, ?, ?)",
            (f"w{number}", f"o{number}", "default", 2**60 + number),
        )
        tx.execute(
            "INSERT INTO metric_samples (node_id, start, samples) VALUES (?, ?, ?)",
            (f"n{number % 7}", number, bytes(range(256))),
        )
        tx.execute("INSERT INTO spent_challenges (id, expires_at) VALUES (?, ?)", (f"{number}\0", number))
    tx.execute(
        "INSERT INTO users (id, username, is_admin, created_at, disabled_at) VALUES ('u', 'u', 1, 1, NULL)"
    )
    tx.execute(
        "INSERT INTO sessions (id, user_id, methods, source, user_agent, created_at, last_used_at, last_used_from,"
        " expires_at, revoked_for) VALUES ('s', 'u', '', '', '', 1, 1, '', 9, '')"
    )
    tx.execute("UPDATE mail_settings SET timeout_s = 12.25, host = 'mail.example.org'")
    tx.execute("UPDATE event_cursor SET newest = 4711")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    plain_connection(tmp_path).close()
    write_once(tmp_path / "nimbus.db", fill)
    return tmp_path / "nimbus.db"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move, "PIECE", 7)


def quietly(_table: str, _rows: int, _total: int) -> None:
    """Nobody looks on."""


def run(file: Path, url: str) -> Moved:
    return move.move(file, url, CLOCK, quietly)


def contents(tx: Transaction) -> list[list[tuple[Any, ...]]]:
    """With the mark for what PostgreSQL's text has not."""
    rows = [[tuple(map(plain, row)) for row in tx.all(f"SELECT * FROM {table}")] for table in TABLES]
    return [*map(sorted, rows), [(tx.value("SELECT newest FROM event_cursor"),)]]


def plain(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def check_moved(file: Path, url: str) -> None:
    assert engine_of(url).migrate(CLOCK) == []
    assert write_once(url, contents) == write_once(file, contents)
    assert write_once(url, generation) == write_once(file, generation)
    before, after = write_once(file, watermark), write_once(url, watermark)
    assert before is not None
    assert after is not None
    assert (after.lineage, after.number) == (before.lineage, before.number)
    assert after.commits > before.commits
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT to_regclass('database_move')").fetchone() == (None,)


def test_everything_is_there_afterwards(file: Path, url: str) -> None:
    seen: dict[str, list[int]] = {}

    def look(table: str, rows: int, total: int) -> None:
        assert rows <= total
        seen.setdefault(table, []).append(rows)

    moved = move.move(file, url, CLOCK, look)
    assert seen["organizations"] == [0, 7, 14, 21, 28, 35, 40]
    assert moved.texts_changed == 40
    assert moved.rows > 160
    check_moved(file, url)
    with pytest.raises(DatabaseUnusable, match="is not empty"):
        run(file, url)


_PROGRAM = """
import os, sys
from pathlib import Path
from nimbus.db import move
from nimbus.kernel.clock import SystemClock
move.PIECE = 7
left = int(sys.argv[3])
def die(table, rows, total):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)
move.move(Path(sys.argv[1]), sys.argv[2], SystemClock(), die)
"""


def test_killed_again_and_again_it_goes_on_where_it_was(file: Path, url: str) -> None:
    kills = 0
    while True:
        command = [sys.executable, "-c", _PROGRAM, str(file), url, str(25 + 7 * kills)]
        done = subprocess.run(command, check=False, capture_output=True, cwd=Path(__file__).parents[4])
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
        assert kills < 60
        with pytest.raises(DatabaseUnusable, match="half of one") as caught:
            engine_of(url).migrate(CLOCK)
        assert "nimbus database move" in caught.value.next_step
    assert kills > 3
    check_moved(file, url)


class Stopped(Exception):
    pass


def interrupted(file: Path, url: str, table: str) -> None:
    def stop(name: str, rows: int, _total: int) -> None:
        if name == table and rows:
            raise Stopped

    with pytest.raises(Stopped):
        move.move(file, url, CLOCK, stop)


def test_a_file_that_was_used_meanwhile_is_copied_anew(file: Path, url: str) -> None:
    interrupted(file, url, "workspaces")
    write_once(file, lambda tx: tx.execute("UPDATE organizations SET name = 'other' WHERE id = 'o3'"))
    run(file, url)
    check_moved(file, url)


def test_another_file_does_not_go_into_the_same_database(file: Path, url: str, tmp_path: Path) -> None:
    interrupted(file, url, "workspaces")
    (tmp_path / "other").mkdir()
    plain_connection(tmp_path / "other").close()
    with pytest.raises(DatabaseUnusable, match="another control plane"):
        run(tmp_path / "other" / "nimbus.db", url)


def test_what_is_changed_in_the_target_meanwhile_is_noticed(file: Path, url: str) -> None:
    interrupted(file, url, "workspaces")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE organizations SET name = 'forged' WHERE id = 'o3'")
    with pytest.raises(DatabaseUnusable, match="organizations is not the same"):
        run(file, url)
    with pytest.raises(DatabaseUnusable, match="half of one"):
        engine_of(url).migrate(CLOCK)


def test_a_server_that_goes_away_in_between(server: Server, file: Path, url: str) -> None:
    def stop(name: str, rows: int, _total: int) -> None:
        if name == "workspaces" and rows:
            server.stop()

    with pytest.raises(Unavailable) as caught:
        move.move(file, url, CLOCK, stop)
    assert caught.value.next_step
    server.start()
    run(file, url)
    check_moved(file, url)


def test_a_value_that_does_not_fit_is_named(file: Path, url: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE organizations SET created_at = 'yesterday' WHERE id = 'o3'")
    connection.close()
    with pytest.raises(DatabaseUnusable, match="yesterday") as caught:
        run(file, url)
    assert "goes on where it was" in caught.value.next_step
