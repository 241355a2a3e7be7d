"""Answers to certificate authorities over HTTP (RFC 8555, section 8.3): the section `challenges`, given on a Unix
socket to which nginx leads `/.well-known/acme-challenge/`. Nothing is reloaded for one."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec
import trio

from agent.following import Following
from agent.link import ControlPlaneLink
from nimbus.protocol.edge import ChallengesDocument

SECTION = "challenges"
SOCKET = "challenges.sock"
PATH = b"/.well-known/acme-challenge/"
# Answers of one document; bytes of a request's head; seconds for one, connections at once.
MAX_ANSWERS = 1000
_HEAD_BYTES, _REQUEST_S, _AT_ONCE = 16 * 1024, 5.0, 64
# `token` of RFC 8555, section 8.1: base64url.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
_AUTHORIZATION = re.compile(r"[A-Za-z0-9_-]{16,256}\.[A-Za-z0-9_-]{16,256}", re.ASCII)
_decoder = msgspec.json.Decoder(ChallengesDocument | None)
log = logging.getLogger("nimbus.edge")


class Challenges:
    """Belongs to the Trio thread. `folder` is the agent's for its edge. What was told is in memory alone: after a
    start it is told again, and an order outlives that."""

    def __init__(
        self,
        node_id: str,
        link: ControlPlaneLink,
        folder: Path,
        on_applied: Callable[[], None] = lambda: None,
    ) -> None:
        self._node_id, self._link, self._folder, self._on_applied = node_id, link, folder, on_applied
        self._answers: Mapping[str, bytes] = {}
        self._published = self.applied = 0
        self._following = Following(log, "challenges of certificate authorities cannot be answered")
        self._listens = False

    @property
    def is_current(self) -> bool:
        return self.applied == self._published

    def learn(self, revision: int) -> None:
        """The control plane has this revision (0: none, ever)."""
        self._published = revision
        if revision and revision != self.applied:
            self._following.has_news()

    async def settle(self, seconds: float) -> None:
        """Wait until what was learned is answered, or cannot be had now; no longer than that."""
        await self._following.settle(seconds)

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            await self._following.run(partial(self._follow, nursery))

    async def _follow(self, nursery: trio.Nursery) -> None:
        target = f"/v1/internal/desired/{self._node_id}/{SECTION}?revision={self.applied}"
        reply = await self._link.request("GET", target)
        document = _decoder.decode(reply.body) if reply.status == 200 else None
        if document is None:
            return
        self._answers = answers_of(document)
        if self._answers and not self._listens:
            await nursery.start(self._serve)
        self.applied = document.revision
        self._published = max(self._published, self.applied)
        self._on_applied()

    async def _serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """From the first answer on. Raises OSError."""
        listener = await self._listener()
        limiter = trio.CapacityLimiter(_AT_ONCE)
        self._listens = True

        async def converse(stream: trio.SocketStream) -> None:
            await self._converse(stream, limiter)

        try:
            task_status.started()
            await trio.serve_listeners(converse, [listener])
        finally:
            self._listens = False
            (self._folder / SOCKET).unlink(missing_ok=True)

    async def _listener(self) -> trio.SocketListener:
        place = self._folder / SOCKET
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o755)
        place.unlink(missing_ok=True)
        bound = trio.socket.socket(trio.socket.AF_UNIX, trio.socket.SOCK_STREAM)
        await bound.bind(str(place))
        # Workers of nginx are no user in particular; what is answered here the world may read.
        place.chmod(0o666)
        bound.listen(_AT_ONCE)
        return trio.SocketListener(bound)

    async def _converse(self, stream: trio.SocketStream, limiter: trio.CapacityLimiter) -> None:
        async with limiter:
            with trio.move_on_after(_REQUEST_S):
                try:
                    async with stream:
                        head = b""
                        while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES:
                            piece = await stream.receive_some(_HEAD_BYTES)
                            if not piece:
                                return
                            head += piece
                        await stream.send_all(answer(head, self._answers))
                except (OSError, trio.BrokenResourceError):
                    return


def answers_of(document: ChallengesDocument) -> dict[str, bytes]:
    """Those that are what they should be, by token."""
    return {
        one.token: one.key_authorization.encode("ascii")
        for one in document.answers[:MAX_ANSWERS]
        if _TOKEN.fullmatch(one.token) and _AUTHORIZATION.fullmatch(one.key_authorization)
    }


def answer(head: bytes, answers: Mapping[str, bytes]) -> bytes:
    """To the beginning of an HTTP request, whole."""
    words = head.split(b"\r\n", 1)[0].split(b" ")
    if len(words) != 3 or words[0] not in (b"GET", b"HEAD"):
        return _reply(b"400 Bad Request", b"")
    path = words[1].partition(b"?")[0]
    token = path.removeprefix(PATH).decode("ascii", "replace")
    found = answers.get(token) if path.startswith(PATH) else None
    if found is None:
        return _reply(b"404 Not Found", b"")
    return _reply(b"200 OK", found, is_head=words[0] == b"HEAD")


def _reply(status: bytes, body: bytes, *, is_head: bool = False) -> bytes:
    return (
        b"HTTP/1.1 " + status + b"\r\nContent-Type: application/octet-stream\r\nCache-Control: no-store\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + (b"" if is_head else body)
