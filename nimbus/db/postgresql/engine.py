"""The engine: the database is one of a PostgreSQL server, for this and for other control planes."""

from __future__ import annotations

from collections.abc import Callable

from nimbus.db.port import Listening, ReadSession, WriteSession
from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.listening import PostgresqlListening
from nimbus.db.postgresql.migrate import migrate
from nimbus.db.postgresql.sessions import PostgresqlReadSession, PostgresqlWriteSession
from nimbus.kernel.clock import Clock


class PostgresqlEngine:
    def __init__(self, url: str) -> None:
        self._address = Address(url)

    @property
    def place(self) -> str:
        return self._address.place

    @property
    def stuck(self) -> tuple[str, str]:
        return (
            "the database server has not answered a change",
            "Look at PostgreSQL's log, and at who holds locks there (pg_stat_activity).",
        )

    def migrate(self, clock: Clock) -> list[int]:
        return migrate(self._address, clock)

    def write_session(self) -> WriteSession:
        return PostgresqlWriteSession(self._address)

    def listen(self, woken: Callable[[], None], /) -> Listening:
        return PostgresqlListening(self._address, woken)

    def read_session(self, deadline_s: float) -> ReadSession:
        return PostgresqlReadSession(self._address, deadline_s)
