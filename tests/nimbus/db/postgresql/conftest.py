"""A server of these tests' own, which they may stop, kill and fill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kit.postgresql import Server, is_there


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if not is_there():
        pytest.skip("postgresql-15 is not installed")
    made = Server()
    try:
        made.start()
        yield made
    finally:
        made.remove()


@pytest.fixture
def url(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database, of this test alone."""
    server.ensure_running()
    name = f"d{abs(hash(request.node.nodeid)):x}"
    server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    yield server.url(name)
    server.ensure_running()
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
