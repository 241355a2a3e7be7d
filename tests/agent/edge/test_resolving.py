"""Names of upstream servers: bounded, each in its time, and the last good answer stays."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from agent.edge.resolving import AT_ONCE, Found, NotFound, Resolver, look_up_by


class PlayedDns:
    """Names to what is found; an exception is raised, None never answers."""

    def __init__(self, **found: Found | Exception | None) -> None:
        self.found = found
        self.asked: list[tuple[float, str]] = []
        self.at_once = self.most = 0
        self.takes = 0.0

    async def look_up(self, name: str) -> Found:
        self.asked.append((trio.current_time(), name))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            found = self.found[name]
            await trio.sleep(self.takes)
            if found is None:
                await trio.sleep_forever()
            if isinstance(found, Exception):
                raise found
            assert found is not None
            return found
        finally:
            self.at_once -= 1

    def times(self, name: str) -> list[float]:
        return [at for at, asked in self.asked if asked == name]


async def run_for(resolver: Resolver, seconds: float) -> None:
    with trio.move_on_after(seconds):
        await resolver.run()


async def test_a_name_is_looked_up_again_when_its_time_is_over(autojump_clock: MockClock) -> None:
    dns = PlayedDns(a=Found(("192.0.2.1",), 30), b=Found(("192.0.2.2",), 0), c=Found(("192.0.2.3",)))
    changes: list[float] = []
    resolver = Resolver(dns.look_up, lambda: changes.append(trio.current_time()))
    resolver.use("abc")
    await run_for(resolver, 31)
    assert dns.times("a") == [0, 30]
    # Never more often than each five seconds; ten where nothing is known.
    assert dns.times("b")[:3] == [0, 5, 10]
    assert dns.times("c") == [0, 10, 20, 30]
    assert changes == [0, 0, 0]
    assert resolver.addresses == {"a": ("192.0.2.1",), "b": ("192.0.2.2",), "c": ("192.0.2.3",)}


async def test_what_was_found_stays_when_nothing_is(autojump_clock: MockClock) -> None:
    dns = PlayedDns(a=Found(("192.0.2.1",), 5))
    resolver = Resolver(dns.look_up, lambda: None)
    resolver.use("a")
    await run_for(resolver, 1)
    for failure in (NotFound("NXDOMAIN"), OSError("no way"), None):
        dns.found["a"] = failure
        await run_for(resolver, 200)
        assert resolver.addresses == {"a": ("192.0.2.1",)}
        assert resolver.problem("a")
    dns.found["a"] = Found(("192.0.2.9",), 5)
    await run_for(resolver, 120)
    assert (resolver.addresses, resolver.problem("a")) == ({"a": ("192.0.2.9",)}, "")


async def test_one_that_never_answers_holds_up_no_other(autojump_clock: MockClock) -> None:
    names = {f"n{number}": Found(("192.0.2.1",), 300) for number in range(100)}
    dns = PlayedDns(silent=None, **names)
    dns.takes = 0.1
    resolver = Resolver(dns.look_up, lambda: None)
    resolver.use(["silent", *names])
    await run_for(resolver, 8)
    assert dns.most == AT_ONCE
    assert len(resolver.addresses) == 101
    assert sum(bool(addresses) for addresses in resolver.addresses.values()) == 100
    assert resolver.problem("silent") == "no answer within 5 s"


async def test_what_was_known_before_a_start_is_used_at_once() -> None:
    resolver = Resolver(PlayedDns().look_up, lambda: None, {"a": ("192.0.2.7",), "old": ("192.0.2.8",)})
    resolver.use("a")
    assert resolver.addresses == {"a": ("192.0.2.7",)}


async def test_names_are_asked_of_the_resolvers_that_are_set() -> None:
    from dnslib import QTYPE, RR, A, DNSRecord

    async with trio.open_nursery() as nursery:
        with trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM) as server:
            await server.bind(("127.0.0.1", 0))
            port = server.getsockname()[1]

            async def answer() -> None:
                while True:
                    data, source = await server.recvfrom(512)
                    asked = DNSRecord.parse(data)
                    reply = asked.reply()
                    if str(asked.q.qname) == "gone.example.":
                        reply.header.rcode = 3
                    elif asked.q.qtype == QTYPE.A:
                        reply.add_answer(RR(asked.q.qname, QTYPE.A, rdata=A("192.0.2.4"), ttl=17))
                    # Of another question first: it is not believed.
                    await server.sendto(DNSRecord.question("other.example").pack(), source)
                    await server.sendto(reply.pack(), source)

            nursery.start_soon(answer)
            look_up = look_up_by((f"127.0.0.1:{port}",))
            assert await look_up("app.example") == Found(("192.0.2.4",), 17)
            with pytest.raises(NotFound, match="NXDOMAIN"):
                await look_up("gone.example")
            nursery.cancel_scope.cancel()


async def test_the_systems_resolver_knows_this_machine() -> None:
    assert "127.0.0.1" in (await look_up_by(())("localhost")).addresses
