"""Nodes are asked to show themselves at a second port, and what is seen there belongs to one way."""

from __future__ import annotations

import socket

import pytest
import trio

from nimbus.fleet.mesh.nat.listener import SightingListener
from nimbus.fleet.mesh.nat.observations import ASKED_AGAIN_S, ASKED_AT_ONCE, Observations
from nimbus.fleet.mesh.nat.rules import Observed
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.protocol.messages import Heartbeat, Instance, SystemMetrics
from nimbus.protocol.sighting import datagram, token_of

HUB, SECOND = "198.51.100.7:51820", "198.51.100.7:40001"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def beat(via: str = "udp") -> Heartbeat:
    return Heartbeat(
        sent_at=0.0,
        metrics=SystemMetrics(),
        version="1",
        instance=Instance("i", address="192.168.1.10"),
        mesh_endpoints=("203.0.113.9:1", "192.168.1.10:51820", "nonsense"),
        mesh_via=via,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def observations(clock: Clock) -> Observations:
    made = Observations(clock)
    made.opened(8443)
    made.hear("n", beat())
    return made


def show(observations: Observations, endpoint: str) -> None:
    asked = observations.ask("n")
    assert asked
    observations.sighted(bytes.fromhex(asked.token), endpoint)


def test_a_node_that_is_heard_is_asked_once(observations: Observations) -> None:
    assert observations.ask("n") is None  # it was heard by no WireGuard
    observations.see({"n": HUB, "stranger": HUB})
    show(observations, SECOND)
    assert observations.ask("n") is None
    assert observations.of("n") == Observed(
        own=("203.0.113.9", "192.168.1.10"), hub=HUB, second=SECOND, on_the_way="192.168.1.10"
    )
    assert observations.of("stranger") == Observed()


def test_another_way_is_looked_at_anew(observations: Observations, clock: Clock) -> None:
    observations.see({"n": HUB})
    show(observations, SECOND)
    clock.now += 5
    observations.see({"n": HUB})
    assert (observations.of("n").second, observations.since("n")) == (SECOND, 1000.0)
    observations.see({"n": "198.51.100.9:1"})
    assert (observations.of("n").second, observations.since("n")) == ("", 1005.0)
    assert observations.ask("n")


def test_one_that_is_not_heard_there_is_asked_a_few_times_and_later_again(
    observations: Observations, clock: Clock
) -> None:
    observations.see({"n": HUB})
    asked = [observations.ask("n") for _ in range(ASKED_AT_ONCE + 2)]
    assert [bool(each) for each in asked] == [True] * ASKED_AT_ONCE + [False] * 2
    clock.now += ASKED_AGAIN_S
    assert observations.ask("n")
    assert not observations.ask("n")


def test_nobody_is_asked_without_a_second_port_or_over_tls(observations: Observations) -> None:
    observations.see({"n": HUB})
    observations.hear("n", beat("tls"))
    assert observations.ask("n") is None
    assert observations.of("n").is_over_tls
    observations.hear("n", beat())
    observations.opened(0)
    assert observations.ask("n") is None


def test_a_token_is_good_for_one_datagram_of_one_node(observations: Observations) -> None:
    observations.see({"n": HUB})
    observations.sighted(b"0" * 16, SECOND)
    asked = observations.ask("n")
    assert asked
    assert asked.token not in repr(asked)
    observations.sighted(bytes.fromhex(asked.token), SECOND)
    observations.sighted(bytes.fromhex(asked.token), "203.0.113.66:1")
    assert observations.of("n").second == SECOND
    observations.see({"n": "198.51.100.9:1"})
    again = observations.ask("n")
    assert again
    assert again.token != asked.token
    observations.forget(NodeRevoked("n"))
    observations.sighted(bytes.fromhex(again.token), SECOND)
    assert observations.of("n") == Observed()


def test_only_a_whole_datagram_has_a_token() -> None:
    token = bytes(range(16))
    assert token_of(datagram(token)) == token
    for wrong in (b"", datagram(token)[:-1], datagram(token) + b"x", b"x" + datagram(token)[1:], b"\1" * 148):
        assert token_of(wrong) is None


async def test_the_second_port_hears_and_answers_nobody() -> None:
    heard: list[tuple[bytes, str]] = []
    port: list[int] = []
    opened = trio.Event()
    arrived = trio.Event()

    def is_open(number: int) -> None:
        port.append(number)
        opened.set()

    def sighted(token: bytes, endpoint: str) -> None:
        heard.append((token, endpoint))
        arrived.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(SightingListener(0, sighted).run, is_open)
        await opened.wait()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.setblocking(False)
            sender.sendto(b"\1" * 148, ("127.0.0.1", port[0]))
            sender.sendto(datagram(b"t" * 16), ("127.0.0.1", port[0]))
            with trio.fail_after(10):
                await arrived.wait()
            assert heard == [(b"t" * 16, f"127.0.0.1:{sender.getsockname()[1]}")]
            with pytest.raises(BlockingIOError):
                sender.recv(1)
        nursery.cancel_scope.cancel()


async def test_a_taken_port_is_no_failure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        opened: list[int] = []
        await SightingListener(taken.getsockname()[1], lambda _token, _endpoint: None).run(opened.append)
        assert not opened
