"""What stands in the way of a start is said in words, with what to do; the password is never in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nimbus.db.engine import engine_of
from nimbus.db.migration import DatabaseUnusable
from nimbus.kernel.errors import Unavailable
from nimbus.protocol.errors import NimbusError, UsageError
from tests.kit.clock import SettableClock
from tests.kit.postgresql import Server

SECRET = "correct-horse"
CLOCK = SettableClock()


def refused(url: str, kind: type[NimbusError]) -> str:
    with pytest.raises(kind) as caught:
        engine_of(url).migrate(CLOCK)
    line = caught.value.line()
    assert caught.value.next_step
    assert SECRET not in line
    assert SECRET not in repr(caught.value)
    assert "\n" not in line
    return line


@pytest.fixture
def guarded(server: Server, url: str) -> Iterator[str]:
    """The server asks the user `guest` for a password. The URL of the test's database, for that user."""
    rules = server.data / "pg_hba.conf"
    before = rules.read_text("utf-8")
    name = url.split("@/")[1].split("?")[0]
    server.execute(f"CREATE ROLE guest LOGIN PASSWORD '{SECRET}'")
    server.execute(f"ALTER DATABASE {name} OWNER TO guest")
    rules.write_text("local all guest scram-sha-256\nlocal all nobody reject\n" + before, "utf-8")
    server.execute("SELECT pg_reload_conf()")
    yield url.replace("postgres@", "guest@")
    rules.write_text(before, "utf-8")
    server.execute("SELECT pg_reload_conf()")
    server.execute(f"ALTER DATABASE {name} OWNER TO postgres")
    server.execute("DROP OWNED BY guest", database=name)
    server.execute("DROP ROLE guest")


def test_a_password(guarded: str) -> None:
    assert "does not take the password" in refused(guarded, Unavailable)
    assert "does not take the password" in refused(guarded.replace("guest@", "guest:wrong-one@"), Unavailable)
    wrong_in_query = refused(guarded + "&password=wrong-one", Unavailable)
    assert "wrong-one" not in wrong_in_query
    engine = engine_of(guarded.replace("guest@", f"guest:{SECRET}@"))
    assert SECRET not in engine.place
    assert engine.migrate(CLOCK)


def test_a_password_from_libpqs_own_file(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:guest:{SECRET}\n", "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert engine_of(guarded).migrate(CLOCK)


def test_who_is_not_let_in_or_not_known(server: Server, guarded: str) -> None:
    assert "pg_hba.conf" in refused(guarded.replace("guest@", "nobody@"), Unavailable)
    assert "does not know this user" in refused(guarded.replace("guest@", "stranger@"), Unavailable)
    assert "the database does not exist" in refused(server.url("nowhere"), Unavailable)


def test_a_user_who_may_not_make_tables(server: Server, url: str) -> None:
    server.execute("CREATE ROLE reader LOGIN")
    try:
        said = refused(url.replace("postgres@", "reader@"), Unavailable)
        assert "has not the right" in said
        assert "owner" in said
    finally:
        server.execute("DROP ROLE reader")


def test_a_server_that_is_away(server: Server, url: str) -> None:
    server.stop()
    assert "does not answer" in refused(url, Unavailable)
    assert "does not answer" in refused("postgresql://u@127.0.0.1:1/x", Unavailable)
    assert "does not answer" in refused("postgresql://u@no-such-host.invalid/x", Unavailable)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_another_encoding(server: Server, encoding: str) -> None:
    server.execute(f"CREATE DATABASE strange ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    try:
        said = refused(server.url("strange"), DatabaseUnusable)
        assert encoding in said
        assert "needs UTF8" in said
    finally:
        server.execute("DROP DATABASE strange WITH (FORCE)")


def test_a_server_that_is_too_old(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a newer one were needed: no older one is at hand."""
    monkeypatch.setattr("nimbus.db.postgresql.migrate.OLDEST_SERVER", 990_000)
    assert "is PostgreSQL 15" in refused(url, DatabaseUnusable)


def test_a_database_that_belongs_to_something_else(server: Server, url: str) -> None:
    name = url.split("@/")[1].split("?")[0]
    server.execute("CREATE TABLE letters (to_whom text)", database=name)
    said = refused(url, DatabaseUnusable)
    assert "belongs to something else" in said
    assert "letters" in said
    assert server.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'", database=name) == [
        (1,)
    ]


def test_a_database_that_only_reads(server: Server, url: str) -> None:
    name = url.split("@/")[1].split("?")[0]
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "only reads" in refused(url, DatabaseUnusable)


def test_a_standby(server: Server) -> None:
    server.ensure_running()
    standby = Server(initialised=False)
    try:
        standby.run(
            "pg_basebackup", "-h", str(server.folder), "-U", "postgres", "-D", str(standby.data), "-R"
        )
        standby.start()
        assert "is a standby" in refused(standby.url("postgres"), DatabaseUnusable)
    finally:
        standby.remove()
        shutil.rmtree(standby.folder, ignore_errors=True)


def eventually_alone(server: Server) -> bool:
    """A session that has ended gives its place back a moment later."""
    until = time.monotonic() + 20
    sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    while server.execute(sql) != [(1,)] and time.monotonic() < until:
        time.sleep(0.02)
    return time.monotonic() < until


def test_no_connection_left(url: str) -> None:
    small = Server(max_connections="5", superuser_reserved_connections="3")
    try:
        small.start()
        small.execute("CREATE ROLE guest LOGIN")
        assert eventually_alone(small)
        sessions = [psycopg.connect(small.url("postgres", "guest")) for _ in range(2)]
        try:
            assert "no connection left" in refused(small.url("postgres", "guest"), Unavailable)
        finally:
            for session in sessions:
                session.close()
    finally:
        small.remove()


def python(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[4],
    )
    return done.stdout


def test_a_machine_without_libpq() -> None:
    """As psycopg says it when it finds none of its ways to the library."""
    said = python(
        "from nimbus.db.engine import engine_of\n"
        "from nimbus.protocol.errors import NimbusError\n"
        "try:\n    engine_of('postgresql://u@h/x')\n"
        "except NimbusError as error:\n    print(error.code, error.line())",
        PSYCOPG_IMPL="binary",
    )
    assert said.startswith("DATABASE_UNUSABLE")
    assert "apt install libpq5" in said


def test_a_control_plane_on_sqlite_does_not_import_psycopg() -> None:
    modules = "nimbus.composition.appliance, nimbus.composition.bootstrap"
    assert python(f"import sys, {modules}; print('psycopg' in sys.modules)") == "False\n"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@host:port/x",
        f"postgresql://u:{SECRET}/@h/x",
        f"postgresql://u:7/{SECRET}@h/x",
        f"postgresql://u:a@{SECRET}@h/x",
        f"postgresql://u:7?{SECRET}@h/x",
        f"postgresql://u:7#{SECRET}@h/x",
        f"postgresql://u:{SECRET}%zz@h/x",
        f"postgresql://u:{SECRET}@h/x?nonsense={SECRET}",
        f"postgresql://u@h/x?password={SECRET}&port=abc",
    ],
)
def test_a_url_that_nobody_understands_does_not_give_the_password_away(url: str) -> None:
    with pytest.raises(NimbusError) as caught:
        engine_of(url).migrate(CLOCK)
    assert isinstance(caught.value, UsageError | Unavailable)
    assert SECRET not in caught.value.line()
