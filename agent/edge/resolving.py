"""Names of upstream servers, looked up beside nginx: what was last found stays until something else is found."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import trio

SHORTEST_S, LONGEST_S = 5.0, 300.0
# Where the time to live is not known: the system's resolver does not tell it.
UNKNOWN_TTL_S = 10.0
RETRY_LIMIT_S = 60.0
LOOK_UP_S = 5.0
AT_ONCE = 8
_ANSWER_BYTES = 4096
log = logging.getLogger("nimbus.edge")


class Found(NamedTuple):
    """`ttl` in seconds, None when it is not known."""

    addresses: tuple[str, ...]
    ttl: float | None = None


class NotFound(Exception):
    """In words for people."""


LookUp = Callable[[str], Awaitable[Found]]


class _Name:
    def __init__(self, addresses: tuple[str, ...] = ()) -> None:
        self.addresses = addresses
        self.due = 0.0
        self.failures = 0
        self.problem = ""
        self.is_asked = False


class Resolver:
    """Belongs to the Trio thread. `known`: addresses from before a restart."""

    def __init__(
        self, look_up: LookUp, on_change: Callable[[], None], known: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.look_up, self._on_change = look_up, on_change
        self._names = {name: _Name(tuple(addresses)) for name, addresses in (known or {}).items()}
        self._wanted: frozenset[str] = frozenset()
        self._news = trio.Event()
        self._settled = trio.Event()

    @property
    def addresses(self) -> dict[str, tuple[str, ...]]:
        return {name: self._names[name].addresses for name in self._wanted if name in self._names}

    def problem(self, name: str) -> str:
        return self._names[name].problem if name in self._names else ""

    def use(self, names: Iterable[str]) -> None:
        """These are looked up from now on, and no others."""
        self._wanted = frozenset(names)
        for name in self._wanted:
            self._names.setdefault(name, _Name())
        self._news.set()

    async def settle(self, seconds: float) -> None:
        """Until each name was looked up once, found or not; no longer than that."""
        with trio.move_on_after(seconds):
            while any(not self._names[name].is_asked for name in self._wanted):
                await self._settled.wait()

    async def run(self) -> None:
        """Until cancelled."""
        limiter = trio.CapacityLimiter(AT_ONCE)
        while True:
            self._news = trio.Event()
            for gone in self._names.keys() - self._wanted:
                del self._names[gone]
            now = trio.current_time()
            async with trio.open_nursery() as nursery:
                for name in self._wanted:
                    if self._names[name].due <= now:
                        nursery.start_soon(self._look_up, name, limiter)
            next_due = min((self._names[name].due for name in self._wanted), default=float("inf"))
            with trio.move_on_at(next_due):
                await self._news.wait()

    async def _look_up(self, name: str, limiter: trio.CapacityLimiter) -> None:
        entry = self._names[name]
        async with limiter:
            try:
                with trio.fail_after(LOOK_UP_S):
                    found = await self.look_up(name)
            except trio.TooSlowError:
                self._failed(name, entry, f"no answer within {LOOK_UP_S:.0f} s")
            except (NotFound, OSError) as error:
                self._failed(name, entry, str(error))
            else:
                self._found(name, entry, found)
        entry.is_asked = True
        settled, self._settled = self._settled, trio.Event()
        settled.set()

    def _failed(self, name: str, entry: _Name, reason: str) -> None:
        entry.failures += 1
        entry.due = trio.current_time() + min(RETRY_LIMIT_S, SHORTEST_S * 2 ** min(entry.failures - 1, 8))
        if entry.problem != reason:
            log.warning("%s does not resolve: %s", name, reason)
        entry.problem = reason

    def _found(self, name: str, entry: _Name, found: Found) -> None:
        ttl = UNKNOWN_TTL_S if found.ttl is None else found.ttl
        entry.due = trio.current_time() + min(LONGEST_S, max(SHORTEST_S, ttl))
        entry.failures, entry.problem = 0, ""
        addresses = tuple(sorted(set(found.addresses)))
        if addresses != entry.addresses:
            log.info("%s is at %s", name, ", ".join(addresses))
            entry.addresses = addresses
            self._on_change()


def look_up_by(resolvers: Sequence[str]) -> LookUp:
    """By these DNS servers (`ADDRESS` or `ADDRESS:PORT`), or by the system's resolver where there are none."""
    if not resolvers:
        limiter = trio.CapacityLimiter(AT_ONCE)
        return lambda name: _by_system(name, limiter)
    places = [_place(text) for text in resolvers]
    return lambda name: _by_servers(name, places)


async def _by_system(name: str, limiter: trio.CapacityLimiter) -> Found:
    def look() -> list[str]:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        return [str(address[0]) for *_, address in found if "%" not in str(address[0])]

    # Who waits no longer leaves the thread to itself: the C library knows no end.
    addresses = await trio.to_thread.run_sync(look, abandon_on_cancel=True, limiter=limiter)
    if not addresses:
        raise NotFound("it has no address")
    return Found(tuple(addresses))


def _place(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, port = text.removeprefix("[").partition("]")
        return host, int(port.removeprefix(":") or 53)
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, int(port)
    return text, 53


async def _by_servers(name: str, places: Sequence[tuple[str, int]]) -> Found:
    """Raises NotFound with what the last of them said."""
    problem = ""
    for place in places:
        try:
            with trio.fail_after(LOOK_UP_S / (len(places) + 0.5)):
                return await _by_server(name, place)
        except trio.TooSlowError:
            problem = f"{place[0]} does not answer"
        except (OSError, NotFound) as error:
            problem = f"{place[0]}: {error}"
    raise NotFound(problem)


async def _by_server(name: str, place: tuple[str, int]) -> Found:
    """A and AAAA (RFC 1035, RFC 3596). Raises NotFound, OSError."""
    from dnslib import QTYPE

    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with trio.socket.socket(family, socket.SOCK_DGRAM) as datagrams:
        await datagrams.connect(place)
        addresses, ttl = [], LONGEST_S
        for kind in (QTYPE.A, QTYPE.AAAA):
            found = await _asked(datagrams, name, kind)
            addresses += [address for address, _ in found]
            ttl = min([ttl, *(each for _, each in found)])
    if not addresses:
        raise NotFound("it has no address")
    return Found(tuple(addresses), ttl)


async def _asked(datagrams: trio.socket.SocketType, name: str, kind: int) -> list[tuple[str, float]]:
    from dnslib import RCODE, DNSQuestion, DNSRecord
    from dnslib.dns import DNSError

    query = DNSRecord(q=DNSQuestion(name, kind))
    query.header.id = secrets.randbits(16)
    query.header.rd = 1
    await datagrams.send(query.pack())
    while True:
        try:
            answer = DNSRecord.parse(await datagrams.recv(_ANSWER_BYTES))
        except DNSError:
            continue
        if answer.header.id == query.header.id and [str(q.qname) for q in answer.questions] == [
            str(query.q.qname)
        ]:
            break
    if answer.header.rcode:
        raise NotFound(str(RCODE.get(answer.header.rcode)))
    return [(str(record.rdata), float(record.ttl)) for record in answer.rr if record.rtype == kind]
