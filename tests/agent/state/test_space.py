"""Room in advance: after each growth there is as much as was asked for, and a commit alone adds nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.state.opening import try_open
from agent.state.space import PAGE_BYTES, RESERVE_PAGES


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 12_000_000), min_size=1, max_size=4))
def test_there_is_as_much_room_as_was_asked_for(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    file = tmp_path_factory.mktemp("space") / "state.db"
    opened = try_open(file)
    connection = opened.connection
    assert not opened.space.is_short
    for number, size in enumerate(sizes):
        assert opened.space.has_room(size)
        before = file.stat().st_size
        connection.execute("INSERT INTO samples (sample) VALUES (zeroblob(?))", (size,))
        opened.space.checkpoint()
        assert file.stat().st_size <= before, "the commit took room that was there"
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        assert free >= RESERVE_PAGES - 2
        if number % 2:
            connection.execute("DELETE FROM samples")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    opened.close()


def test_what_was_not_asked_for_does_not_fit(tmp_path: Path) -> None:
    opened = try_open(tmp_path / "state.db")
    free = opened.connection.execute("PRAGMA freelist_count").fetchone()[0]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        opened.connection.execute(
            "INSERT INTO samples (sample) VALUES (zeroblob(?))", ((free + 10) * PAGE_BYTES,)
        )
    opened.close()
