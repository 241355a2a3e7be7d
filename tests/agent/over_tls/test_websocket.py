"""The WebSocket's end on the node: whatever order the other side says things in, it ends as "no way"."""

from __future__ import annotations

from collections import deque
from typing import Any, cast

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request

from agent.over_tls.connection import NoWay
from agent.over_tls.websocket import DatagramSocket


class PlayedStream:
    """A fake: an API that takes the connection and then says what it is made to."""

    def __init__(self) -> None:
        self.api = WSConnection(ConnectionType.SERVER)
        self.said: deque[bytes] = deque()

    async def send_all(self, data: bytes) -> None:
        self.api.receive_data(data)
        for event in self.api.events():
            if isinstance(event, Request):
                self.said.append(self.api.send(AcceptConnection(subprotocol=event.subprotocols[0])))

    async def receive_some(self, _most: int) -> bytes:
        return self.said.popleft() if self.said else b""


async def test_a_connection_that_ends_with_a_ping_before_it_ends_as_any_other() -> None:
    stream = PlayedStream()
    made = DatagramSocket(cast("Any", stream), "api")
    await made.open()
    stream.said.append(stream.api.send(Ping()) + stream.api.send(CloseConnection(code=1001)))
    with pytest.raises(NoWay, match="the API ended the connection"):
        await made.receive()
    with pytest.raises(NoWay, match="the API ended the connection"):
        await made.send([b"too late"])
