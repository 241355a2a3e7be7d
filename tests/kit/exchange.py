"""Agent requests without a connection: real request objects, and an exchange that notes what becomes of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
import trio

from nimbus.http.agents.head import Head
from nimbus.http.agents.messages import AgentRequest, AgentResponse, Parked, Peer


class Exchange:
    """Stands for a connection of the agents' listener (which has tests of its own)."""

    def __init__(self, node_id: str) -> None:
        self.peer = Peer(node_id, "1f", "192.0.2.5")
        self.answers: list[AgentResponse] = []
        self.parked: Parked | None = None
        self._news = trio.Event()

    def request(self, method: str, target: str, body: Any = None) -> AgentRequest:
        parts = urlsplit(target)
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        head = Head(
            method,
            parts.path,
            parts.query,
            {},
            content_length=len(content),
            keep_alive=True,
            expects_continue=False,
        )
        return AgentRequest(self, head, content, self.peer)

    def reply(self, request: AgentRequest, response: AgentResponse) -> None:
        assert not request.answered, "answered twice"
        request.answered = True
        self.parked = None
        self.answers.append(response)
        self._stir()

    def fail(self, request: AgentRequest, error: BaseException) -> None:
        raise error

    def park(self, request: AgentRequest, parked: Parked) -> None:
        self.parked = parked
        self._stir()

    def end(self, request: AgentRequest) -> None:
        """As when its time has come."""
        assert self.parked is not None
        self.reply(request, self.parked.on_end())

    def go_away(self, request: AgentRequest) -> None:
        assert self.parked is not None
        request.closed = True
        self.parked.on_close()
        self.parked = None

    def _stir(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def settled(self) -> None:
        """Until the request is answered or parked."""
        with trio.fail_after(10):
            while not self.answers and self.parked is None:
                await self._news.wait()

    @property
    def answer(self) -> dict[str, Any]:
        [response] = self.answers
        return dict(msgspec.json.decode(response.body))
