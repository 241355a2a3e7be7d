"""What a connection to the operators' listener does with a client that takes nothing of its answer."""

from __future__ import annotations

from typing import Any

import trio
import trio.testing
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.trio.worker_context import WorkerContext

from nimbus.http.connection_cap import ConnectionCap
from nimbus.http.operator_connection import Connection
from nimbus.http.operator_protocols import time_to_take


class Full:
    """A stream whose peer reads nothing."""

    def __init__(self) -> None:
        self.is_closed = False

    async def send_all(self, _data: bytes) -> None:
        await trio.sleep_forever()

    async def aclose(self) -> None:
        self.is_closed = True


class Told:
    """Stands where HTTP/1.1 or HTTP/2 would."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def handle(self, event: Event) -> None:
        self.events.append(event)


async def test_who_takes_nothing_is_let_go(autojump_clock: trio.testing.MockClock) -> None:
    """Though its request is cancelled meanwhile: what is on the way is not dropped, nor kept for ever."""
    slot = ConnectionCap().enter("192.0.2.1", lambda: None)
    assert slot is not None
    stream: Any = Full()
    told: Any = Told()
    connection = Connection(None, Config(), WorkerContext(None), {}, stream, slot)
    connection.protocol = told
    data = b"x" * 1024 * 1024
    began = trio.current_time()
    with trio.move_on_after(1):
        await connection.protocol_send(RawData(data))
    assert stream.is_closed
    assert [type(event) for event in told.events] == [Closed]
    assert trio.current_time() - began == time_to_take(len(data))
