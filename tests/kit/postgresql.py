"""A real PostgreSQL for a run of tests: its own server on a Unix socket, and a database for each test that asks.

PostgreSQL refuses to run as root: then it runs as Debian's user `postgres`. Databases are made from a template that
was migrated once. They compare text by the rules of a language (ICU's English) unless a column says otherwise: what
forgets to say so is seen.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nimbus.db.engine import engine_of
from tests.kit.clock import SettableClock

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
TEMPLATE = "template_nimbus"
START_S = 60.0
# The folder of the server, for processes that a test starts.
_RUNNING = "NIMBUS_TEST_POSTGRESQL"
LOCALE = "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'"
# A test server may lose everything with the machine; a commit waits for no disk.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "log_min_messages": "fatal",
}


def is_there() -> bool:
    return (PROGRAMS / "initdb").exists()


def _owner() -> dict[str, Any]:
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


class Server:
    """`start` and `stop` may be called again and again; `folder` goes with the process."""

    def __init__(self, *, folder: Path | None = None, initialised: bool = True, **settings: str) -> None:
        """With a `folder`: of a server that runs there already."""
        self.folder = folder or Path(tempfile.mkdtemp(prefix="nimbus-postgresql-"))
        self._settings = {**_SETTINGS, "unix_socket_directories": str(self.folder), **settings}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 5432
        if folder is not None:
            return
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o755)
        if initialised:
            options = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
            self.run("initdb", "-D", str(self.data), *options)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *arguments: str) -> None:
        command = [str(PROGRAMS / program), *arguments]
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=_environment(),
            **_owner(),
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def start(self) -> None:
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [str(PROGRAMS / "postgres"), "-D", str(self.data), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(),
                **_owner(),
            )
        until = time.monotonic() + START_S
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text("utf-8")[-2000:]) from None
                time.sleep(0.02)

    def ensure_running(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self.start()

    def stop(self, *, how: int = 2) -> None:
        """`how`: SIGINT, which ends sessions at once and cleanly; SIGQUIT is as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        self.stop(how=3)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, user: str = "postgres", parameters: str = "") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}{parameters}"

    def execute(self, sql: str, *parameters: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class Databases:
    """Of one server: a database for each folder of a test, dropped when the test is over. A process that a test
    starts has the same ones."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._made: dict[Path, str] = {}

    def of(self, folder: Path) -> str:
        """The URL of this folder's database, migrated."""
        if folder not in self._made:
            name = "t_" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]
            if not self.server.execute("SELECT 1 FROM pg_database WHERE datname = %s", name):
                self.server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
            self._made[folder] = name
        return self.server.url(self._made[folder])

    def empty(self, folder: Path) -> str:
        """The URL of a database without tables."""
        self.server.execute("DROP DATABASE IF EXISTS unused WITH (FORCE)")
        self.server.execute(f"CREATE DATABASE unused {LOCALE} TEMPLATE template0")
        self._made[folder / "unused"] = "unused"
        return self.server.url("unused")

    def names(self) -> frozenset[str]:
        return frozenset(self._made.values())

    def drop_but(self, kept: frozenset[str]) -> None:
        for folder, name in list(self._made.items()):
            if name not in kept:
                self.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                del self._made[folder]


_databases: list[Databases] = []


def databases() -> Databases:
    """The ones of this run; the server starts when it is first asked for, and ends with the process."""
    if not is_there():
        pytest.skip("postgresql-15 is not installed")
    if not _databases:
        running = os.environ.get(_RUNNING)
        _databases.append(Databases(Server(folder=Path(running)) if running else _started()))
    return _databases[0]


def _started() -> Server:
    server = Server()
    atexit.register(server.remove)
    server.start()
    os.environ[_RUNNING] = str(server.folder)
    server.execute(f"CREATE DATABASE {TEMPLATE} {LOCALE} TEMPLATE template0")
    engine_of(server.url(TEMPLATE)).migrate(SettableClock())
    return server
