"""Servers of upstreams are asked whether they are well; what comes and goes does not reload nginx each time."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
import trio
from trio.testing import MockClock

from agent.edge.composing import Sight
from agent.edge.health import AT_ONCE, Checks, Unwell, Verdict, asked
from agent.edge.pacing import DEBOUNCE_S, LEAST_S, RETRY_S, Pace
from nimbus.protocol.edge import EdgeDocument, EdgeUpstream, TargetCheck, UpstreamTarget

CHECK = TargetCheck(interval=10, timeout=5, failures=3, successes=2)
SERVER = "192.0.2.1:80"
# In a clock that is the test's own.
MINUTE, TAKES = 60.0, 0.5


def document(*servers: str, check: TargetCheck | None = CHECK) -> EdgeDocument:
    targets = tuple(UpstreamTarget(server) for server in servers)
    return EdgeDocument(1, upstreams=(EdgeUpstream("up", "upstream/u", 1, targets, check=check),))


def test_a_verdict_needs_several_in_a_row() -> None:
    verdict = Verdict()
    heard = ["bad", "bad", "", "bad", "bad", "bad", "", "bad", "", ""]
    changed = [verdict.take(CHECK, problem) for problem in heard]
    assert [number for number, is_change in enumerate(changed) if is_change] == [5, 9]
    assert (verdict.is_well, verdict.problem) == (True, "")


class Server:
    """`said`: what is wrong with it; "" nothing, "silent": it never answers."""

    def __init__(self) -> None:
        self.said = ""
        self.asked: list[float] = []

    async def ask(self, _address: str, _check: TargetCheck) -> None:
        self.asked.append(trio.current_time())
        if self.said == "silent":
            await trio.sleep_forever()
        if self.said:
            raise Unwell(self.said)


async def test_a_server_goes_down_and_comes_back(autojump_clock: MockClock) -> None:
    server, changes = Server(), list[float]()
    checks = Checks(lambda: changes.append(trio.current_time()), server.ask, jitter=lambda: 0.5)
    checks.use(document(SERVER), Sight())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(checks.run)
        await trio.sleep(MINUTE)
        assert (checks.unwell, changes) == (frozenset(), [])
        server.said = "it answers with status 500"
        await trio.sleep(MINUTE)
        assert checks.unwell == {("up", SERVER)}
        assert checks.servers(document(SERVER), Sight(), lambda _name: "")[0].problem == server.said
        server.said = "silent"
        await trio.sleep(MINUTE)
        server.said = ""
        await trio.sleep(MINUTE)
        assert (checks.unwell, len(changes)) == (frozenset(), 2)
        before = len(server.asked)
        checks.use(document(), Sight())
        await trio.sleep(MINUTE)
        assert len(server.asked) == before
        nursery.cancel_scope.cancel()


async def test_so_many_at_once_and_no_more(autojump_clock: MockClock) -> None:
    at_once = most = 0

    async def ask(_address: str, _check: TargetCheck) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await trio.sleep(TAKES)
        at_once -= 1

    checks = Checks(lambda: None, ask, jitter=lambda: 0.0)
    checks.use(document(*(f"192.0.2.{number}:80" for number in range(1, 200))), Sight())
    with trio.move_on_after(30):
        await checks.run()
    assert most == AT_ONCE


async def test_what_was_unwell_before_a_start_is_until_it_has_shown_otherwise() -> None:
    checks = Checks(lambda: None, Server().ask, unwell=[("up", SERVER), ("up", "192.0.2.9:80")])
    checks.use(document(SERVER), Sight())
    assert checks.unwell == {("up", SERVER)}


async def test_what_is_told_of_servers() -> None:
    told = document("app.example:80", "gone.example:80", check=None)
    sight = Sight({"app.example": ("192.0.2.1",)})
    one, other = Checks(lambda: None).servers(told, sight, lambda name: "NXDOMAIN" if name[0] == "g" else "")
    assert (one.healthy, one.addresses) == (True, ("192.0.2.1:80",))
    assert (other.healthy, other.problem) == (False, "NXDOMAIN")


def reloads(changes: list[float], until: float) -> list[float]:
    """When an edge loads that hears of changes at these times."""
    pace, done, times = Pace(), list[float](), sorted(changes)
    while True:
        following = times[0] if times else float("inf")
        at = min(following, pace.due)
        if at > until:
            return done
        if following <= pace.due:
            pace.changed(times.pop(0))
        else:
            done.append(at)
            pace.loaded(at)


def test_twenty_flaps_in_ten_seconds_are_two_loads_at_most() -> None:
    assert len(reloads([number / 2 for number in range(20)], 10)) == 1
    assert reloads([number / 2 for number in range(20)], 60) == [DEBOUNCE_S, DEBOUNCE_S + LEAST_S]
    assert reloads([5.0], 60) == [5.0 + DEBOUNCE_S]
    minute = reloads([number / 10 for number in range(600)], 60)
    assert all(later - earlier >= LEAST_S for earlier, later in itertools.pairwise(minute))


def test_what_was_ordered_does_not_count() -> None:
    pace = Pace()
    pace.loaded(100.0, is_ordered=True)
    pace.changed(101.0)
    assert pace.due == 101.0 + DEBOUNCE_S


def test_what_had_no_room_is_tried_again_later() -> None:
    pace = Pace()
    pace.loaded(100.0, is_to_retry=True)
    assert pace.due == 100.0 + RETRY_S


async def says(stream: trio.SocketStream, answer: bytes) -> None:
    async with stream:
        await stream.receive_some(1024)
        await stream.send_all(answer)


@pytest.mark.parametrize(
    ("answer", "check", "problem"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", CHECK, ""),
        (b"HTTP/1.1 301 Moved\r\n\r\n", CHECK, ""),
        (b"HTTP/1.1 500 Oh\r\n\r\n", CHECK, "it answers with status 500"),
        (b"HTTP/1.1 200 OK\r\n\r\n", TargetCheck(status=204), "it answers with status 200"),
        (b"SSH-2.0-OpenSSH\r\n", CHECK, "it does not speak HTTP"),
        (b"HTTP/1.1\r\n", CHECK, "it does not speak HTTP"),
        (b"", CHECK, "it does not speak HTTP"),
        (b"", TargetCheck(kind="tcp"), ""),
    ],
)
async def test_a_real_server_is_asked(answer: bytes, check: TargetCheck, problem: str) -> None:
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        serving = partial(trio.serve_listeners, partial(says, answer=answer), [listener])
        nursery.start_soon(serving)
        port = listener.socket.getsockname()[1]
        try:
            await asked(f"127.0.0.1:{port}", check)
            said = ""
        except Unwell as error:
            said = str(error)
        assert said == problem
        nursery.cancel_scope.cancel()
