"""Being woken by other processes: after a commit and not before it, and again when the connection was lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nimbus.db.engine import engine_of
from nimbus.db.port import Engine
from tests.kit.polling import until
from tests.kit.postgresql import databases, is_there

pytestmark = pytest.mark.skipif(not is_there(), reason="PostgreSQL 15 is not installed")


class Woken:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_of(databases().of(tmp_path))


@pytest.fixture
def woken(engine: Engine) -> Iterator[Woken]:
    """Once by itself, when it begins: what came before is found by looking."""
    woken = Woken()
    listening = engine.listen(woken)
    assert listening is not None
    until(lambda: woken.times == 1, "it listens")
    yield woken
    listening.close()


def test_woken_by_a_commit_and_not_by_what_is_undone(engine: Engine, woken: Woken) -> None:
    session = engine.write_session()
    session.begin()
    session.wake_others()
    session.roll_back()
    session.begin()
    session.wake_others()
    session.wake_others()
    assert woken.times == 1
    session.commit()
    until(lambda: woken.times == 2, "it is woken")
    session.close()


def test_a_lost_connection_is_made_anew(tmp_path: Path, engine: Engine, woken: Woken) -> None:
    terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    databases().server.execute(terminate)
    until(lambda: woken.times == 2, "it listens again, and looks")
    session = engine.write_session()
    session.begin()
    session.wake_others()
    session.commit()
    until(lambda: woken.times == 3, "it is woken")
    session.close()
