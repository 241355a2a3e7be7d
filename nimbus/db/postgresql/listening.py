"""A connection that waits for what other control planes have to tell (PostgreSQL's LISTEN).

It only says that there is something: what it is stands in rows. So a notification that is lost with the connection
costs nothing but the time until the next look.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg

from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.connection import connect
from nimbus.protocol.errors import NimbusError

CHANNEL = "nimbus_relay"
NOTIFY = f"NOTIFY {CHANNEL}"
# So long at most until it notices that it is to end.
LOOK_UP_S = 0.5
RETRY_S = 1.0
log = logging.getLogger("nimbus.db")


class PostgresqlListening:
    """Has a thread and a connection of its own, and makes that anew when it was lost."""

    def __init__(self, address: Address, woken: Callable[[], None]) -> None:
        self._address, self._woken = address, woken
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nimbus-db-listening", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(10 * LOOK_UP_S)

    def _run(self) -> None:
        is_away = False
        while not self._closed.is_set():
            try:
                with connect(self._address) as connection:
                    connection.execute(f"LISTEN {CHANNEL}".encode())
                    is_away = False
                    # What was told before is found by looking.
                    self._woken()
                    self._wait_on(connection)
            except (psycopg.Error, NimbusError) as error:
                if not is_away and not self._closed.is_set():
                    log.warning("no notifications from the database: %s; polling instead", error)
                is_away = True
                self._closed.wait(RETRY_S)

    def _wait_on(self, connection: psycopg.Connection[object]) -> None:
        while not self._closed.is_set():
            for _ in connection.notifies(timeout=LOOK_UP_S, stop_after=1):
                self._woken()
