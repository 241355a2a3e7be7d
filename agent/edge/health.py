"""Servers of upstreams asked by the agent whether they are well: nginx itself asks nobody.

well -> (so many failures in a row) -> unwell -> (so many successes in a row) -> well
"""

from __future__ import annotations

import random
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

import trio

from agent.edge.composing import Sight, addresses_of, target_of
from nimbus.protocol.edge import EdgeDocument, ServerHealth, TargetCheck

AT_ONCE = 32
_HEAD_BYTES = 8192


class Place(NamedTuple):
    """One address of a server: `told` as the control plane named it, `address` with its port."""

    upstream: str
    told: str
    address: str


class Unwell(Exception):
    """In words for people."""


Ask = Callable[[str, TargetCheck], Awaitable[None]]


class Verdict:
    """Hysteresis. Pure."""

    def __init__(self, *, is_well: bool = True) -> None:
        self.is_well = is_well
        self.problem = ""
        self._against = 0

    def take(self, check: TargetCheck, problem: str) -> bool:
        """What one check came to ("": well). Whether the verdict changed."""
        if problem:
            self.problem = problem
        if (not problem) is self.is_well:
            self._against = 0
            return False
        self._against += 1
        if self._against < (check.failures if self.is_well else check.successes):
            return False
        self.is_well, self._against = not self.is_well, 0
        if self.is_well:
            self.problem = ""
        return True


class _Watched:
    def __init__(self, check: TargetCheck, *, is_well: bool) -> None:
        self.check = check
        self.verdict = Verdict(is_well=is_well)
        self.scope = trio.CancelScope()


class Checks:
    """Belongs to the Trio thread. `unwell`: from before a restart."""

    def __init__(
        self,
        on_change: Callable[[], None],
        ask: Ask | None = None,
        jitter: Callable[[], float] = random.random,
        unwell: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._on_change, self._ask, self._jitter = on_change, ask or asked, jitter
        self._before = set(unwell)
        self._watched: dict[Place, _Watched] = {}
        self._limiter = trio.CapacityLimiter(AT_ONCE)
        self._nursery: trio.Nursery | None = None

    @property
    def unwell(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (place.upstream, place.address)
            for place, watched in self._watched.items()
            if not watched.verdict.is_well
        )

    def use(self, document: EdgeDocument, sight: Sight) -> None:
        """The servers of these upstreams are asked from now on, and no others."""
        wanted = _places(document, sight)
        for place in [place for place, it in self._watched.items() if wanted.get(place) != it.check]:
            self._watched.pop(place).scope.cancel()
        for place, check in wanted.items():
            if place not in self._watched:
                is_well = (place.upstream, place.address) not in self._before
                self._watched[place] = _Watched(check, is_well=is_well)
                if self._nursery is not None:
                    self._nursery.start_soon(self._watch, place, self._watched[place])
        self._before.clear()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as self._nursery:
            for place, watched in self._watched.items():
                self._nursery.start_soon(self._watch, place, watched)
            await trio.sleep_forever()

    async def _watch(self, place: Place, watched: _Watched) -> None:
        check = watched.check
        with watched.scope:
            # Not all of them at once, after a start.
            await trio.sleep(check.interval * self._jitter() / 2)
            while True:
                problem = await self._problem(place, check)
                if watched.verdict.take(check, problem):
                    self._on_change()
                await trio.sleep(check.interval * (0.9 + self._jitter() / 5))

    async def _problem(self, place: Place, check: TargetCheck) -> str:
        async with self._limiter:
            try:
                with trio.fail_after(check.timeout):
                    await self._ask(place.address, check)
            except trio.TooSlowError:
                return f"no answer within {check.timeout} s"
            except Unwell as error:
                return str(error)
            except ssl.SSLError as error:
                return f"TLS: {error.reason or error}"
            except OSError as error:
                return error.strerror or str(error)
            except trio.BrokenResourceError:
                return "the connection broke"
        return ""

    def servers(
        self, document: EdgeDocument, sight: Sight, problem_of: Callable[[str], str]
    ) -> list[ServerHealth]:
        """Every server that is checked or has a name. `problem_of`: why a name does not resolve."""
        found = []
        for upstream in document.upstreams:
            for server in upstream.servers:
                target = target_of(server.address)
                if not target.is_name and (upstream.check is None or server.down or server.drained):
                    continue
                addresses = tuple(addresses_of(server.address, sight))
                found.append(self._health(upstream.name, server.address, addresses, problem_of(target.host)))
        return found

    def _health(self, upstream: str, told: str, addresses: tuple[str, ...], unresolved: str) -> ServerHealth:
        if not addresses:
            return ServerHealth(upstream, told, False, problem=unresolved or "it does not resolve yet")
        verdicts = [
            watched.verdict
            for address in addresses
            if (watched := self._watched.get(Place(upstream, told, address))) is not None
        ]
        is_well = not verdicts or any(verdict.is_well for verdict in verdicts)
        problem = next((verdict.problem for verdict in verdicts if not verdict.is_well), "")
        is_name = target_of(told).is_name
        return ServerHealth(upstream, told, is_well, addresses if is_name else (), problem or unresolved)


def _places(document: EdgeDocument, sight: Sight) -> dict[Place, TargetCheck]:
    return {
        Place(upstream.name, server.address, address): upstream.check
        for upstream in document.upstreams
        if upstream.check is not None
        for server in upstream.servers
        if not (server.down or server.drained)
        for address in addresses_of(server.address, sight)
    }


async def asked(address: str, check: TargetCheck) -> None:
    """One check of one address. Raises Unwell, OSError, SSLError."""
    target = target_of(address)
    stream: trio.abc.Stream
    if target.host:
        stream = await trio.open_tcp_stream(target.host, int(target.port))
    else:
        stream = await trio.open_unix_socket(target.port)
    async with stream:
        if check.kind == "tcp":
            return
        if check.tls_name:
            stream = trio.SSLStream(stream, _tls(), server_hostname=check.tls_name, https_compatible=True)
        status = await _status(stream, check, address)
    is_well = status == check.status if check.status else 200 <= status < 400
    if not is_well:
        raise Unwell(f"it answers with status {status}")


async def _status(stream: trio.abc.Stream, check: TargetCheck, address: str) -> int:
    host = check.host or check.tls_name or (address if not address.startswith("unix:") else "localhost")
    request = (
        f"GET {check.path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: nimbus-agent\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    )
    await stream.send_all(request.encode("utf-8"))
    answer = b""
    while b"\r\n" not in answer and len(answer) < _HEAD_BYTES:
        piece = await stream.receive_some(_HEAD_BYTES)
        if not piece:
            break
        answer += piece
    words = answer.split(b"\r\n", 1)[0].split(b" ")
    if not words[0].startswith(b"HTTP/1.") or not words[1:] or not words[1].isdigit():
        raise Unwell("it does not speak HTTP")
    return int(words[1])


def _tls() -> ssl.SSLContext:
    """Whether it is well is asked here, not who it is: nginx verifies that where it is told to."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
