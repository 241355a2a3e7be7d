"""What an engine gives: sessions, each of them one connection, and the migrations of its schema.

Each engine has a folder: `sqlite/`, `postgresql/`. What differs between them is there; all else is
written once, in the SQL that both take.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from nimbus.kernel.clock import Clock

Value = str | int | float | bytes | None
Versions = tuple[int, ...]
"""How often tables have changed, in the order in which they were asked for."""
Location = Path | str
"""Where a database is: the file of SQLite, or postgresql://USER@HOST/NAME."""


class Row(Protocol):
    """A row, read by name and by index. Booleans are 0 and 1."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> Sequence[str]: ...


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def close(self) -> None: ...


class Session(Protocol):
    """One connection, as a transaction sees it. Belongs to one thread at a time."""

    @property
    def in_transaction(self) -> bool:
        """False as well when the engine gave the transaction up by itself (disk full, connection lost)."""

    def run(self, sql: str, parameters: Sequence[Value]) -> Cursor: ...

    def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> int:
        """How many rows were changed in all."""

    def command(self, sql: str) -> None:
        """A statement that neither reads nor changes rows: savepoints."""

    def table_versions(self, names: Collection[str]) -> Versions:
        """In the snapshot of the present transaction; 0 of a table that was never written."""

    def wake_others(self) -> None:
        """Those who `listen` on this database hear of it when the transaction has committed; all in vain where
        nobody else can be."""

    def database_time(self) -> int:
        """By the clock of the database, the same for all who use it: microseconds since the Unix epoch."""

    def size_bytes(self) -> int:
        """Of the whole database, on disk."""

    def is_of_store(self, error: BaseException) -> bool:
        """Whether the store could not do it now (disk full, interrupted, server away): another time it may."""


class WriteSession(Session, Protocol):
    """The connection that writes. Changes of other processes wait from `begin` until `commit` or `roll_back`, so
    that a transaction sees a world in which one is made after the other."""

    def begin(self) -> None: ...

    def commit(self) -> None:
        """Durable when it returns."""

    def roll_back(self) -> None:
        """Also when there is nothing left to roll back."""

    def given_up(self, error: Exception) -> Exception:
        """What ended the transaction, when a closure in it failed and the transaction is no more."""

    def in_words(self, error: Exception) -> Exception:
        """An error of the engine in the words of the API; any other error as it is."""

    def rest(self, *, is_idle: bool) -> None:
        """After the answers to a commit: what has to be done now and then. `is_idle`: nobody waits."""

    def finish(self) -> None:
        """After the last commit."""

    def close(self) -> None: ...


class ReadSession(Session, Protocol):
    def snapshot(self) -> AbstractContextManager[None]:
        """Within it all statements see the database as it was at the first. Raises ReadTooSlow, Unavailable."""

    def close(self) -> None: ...


class Listening(Protocol):
    def close(self) -> None:
        """Blocks for a moment; nobody is called after."""


class Engine(Protocol):
    """`place` names the database in messages, without a password. `stuck` says in words, with what to do, that a
    commit does not come back."""

    @property
    def place(self) -> str: ...

    @property
    def stuck(self) -> tuple[str, str]: ...

    def migrate(self, clock: Clock) -> list[int]:
        """Bring the schema to this executable's version; the versions that were applied. Raises DatabaseTooNew,
        DatabaseUnusable, StorageFull."""

    def write_session(self) -> WriteSession: ...

    def listen(self, woken: Callable[[], None], /) -> Listening | None:
        """Call `woken`, from another thread, whenever a process on this database may have woken the others. None:
        the database is this process's alone."""

    def read_session(self, deadline_s: float) -> ReadSession:
        """Each of its snapshots is ended when it takes longer than the deadline."""
