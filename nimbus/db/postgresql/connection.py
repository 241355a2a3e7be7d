"""Connections to the server: the one place that makes them, and makes them anew."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.errors import refusal
from nimbus.db.postgresql.types import adapt, named_rows
from nimbus.kernel.errors import Unavailable

CONNECT_TIMEOUT_S = 5
# Between two tries to reach a server that is away.
RETRY_FROM_S, RETRY_TO_S = 0.1, 2.0
# A peer that has gone without a word is noticed by both sides within half a minute.
_NETWORK: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_SESSION = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    # A commit that was answered survives a power cut, whatever the server's own setting.
    "synchronous_commit": "on",
}


def connect(
    address: Address, *, statement_timeout_s: float = 0, idle_timeout_s: float = 0, lock_timeout_s: float = 0
) -> psycopg.Connection[Any]:
    """A connection in autocommit mode: transactions are begun and ended by hand. Raises Unavailable."""
    settings = dict(_SESSION)
    if statement_timeout_s:
        settings["statement_timeout"] = str(max(1, int(statement_timeout_s * 1000)))
    if idle_timeout_s:
        settings["idle_in_transaction_session_timeout"] = str(int(idle_timeout_s * 1000))
    if lock_timeout_s:
        settings["lock_timeout"] = str(int(lock_timeout_s * 1000))
    try:
        connection = psycopg.connect(
            address.conninfo,
            autocommit=True,
            client_encoding="UTF8",
            application_name="nimbus",
            options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
            row_factory=named_rows,
            **_NETWORK,
        )
    except psycopg.Error as error:
        raise refusal(error, address.place) from None
    adapt(connection)
    return connection


class Connector:
    """Holds one connection, and makes it anew when it was lost; not more often than the server can bear."""

    def __init__(
        self,
        address: Address,
        *,
        statement_timeout_s: float = 0,
        idle_timeout_s: float = 0,
        lock_timeout_s: float = 0,
    ) -> None:
        self._address = address
        self._timeouts = {
            "statement_timeout_s": statement_timeout_s,
            "idle_timeout_s": idle_timeout_s,
            "lock_timeout_s": lock_timeout_s,
        }
        self._connection: psycopg.Connection[Any] | None = None
        self._wait_s, self._not_before = 0.0, 0.0
        self._refused: Unavailable | None = None

    @property
    def connection(self) -> psycopg.Connection[Any] | None:
        """None while there is none."""
        if self._connection is not None and self._connection.closed:
            self.drop()
        return self._connection

    def connected(self) -> psycopg.Connection[Any]:
        """Raises Unavailable, at once when the last try was just now."""
        present = self.connection
        if present is not None:
            return present
        if self._refused is not None and time.monotonic() < self._not_before:
            # A new one each time: an exception that is raised again keeps every place where it was.
            raise Unavailable(self._refused.message, next_step=self._refused.next_step)
        try:
            self._connection = connect(self._address, **self._timeouts)
        except Unavailable as error:
            self._wait_s = min(max(2 * self._wait_s, RETRY_FROM_S), RETRY_TO_S)
            self._not_before = time.monotonic() + self._wait_s
            self._refused = error
            raise
        self._wait_s, self._refused = 0.0, None
        return self._connection

    def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
