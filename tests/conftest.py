"""For all tests: a property fails by what is wrong, never by how long it takes on a busy machine; and the engine of
the database that they run on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

SLOW_MACHINE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples in each run: what fails has been changed. `--hypothesis-profile explore` looks for new ones.
settings.register_profile("nimbus", derandomize=True, **SLOW_MACHINE)  # type: ignore[arg-type]
settings.register_profile("explore", **SLOW_MACHINE)  # type: ignore[arg-type]
settings.load_profile("nimbus")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=("sqlite", "postgresql"), default="sqlite", help="of the database")


def pytest_configure(config: pytest.Config) -> None:
    from tests.kit.database import ENGINE

    os.environ[ENGINE] = config.getoption("--engine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about SQLite's file, or about no database at all, is left away on another engine."""
    if config.getoption("--engine") == "sqlite":
        return
    marks = ("sqlite", "one_engine")
    left_away = [item for item in items if any(map(item.get_closest_marker, marks))]
    config.hook.pytest_deselected(items=left_away)
    items[:] = [item for item in items if not any(map(item.get_closest_marker, marks))]


@pytest.fixture(autouse=True)
def _no_database_is_left() -> Iterator[None]:
    from tests.kit.database import is_postgresql

    if not is_postgresql():
        yield
        return
    from tests.kit.postgresql import databases

    before = databases().names()
    yield
    databases().drop_but(before)
