"""Who may connect, and who goes first."""

from __future__ import annotations

import ipaddress
import logging

import pytest

from nimbus.http.connection_cap import ConnectionCap, Slot

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Bench:
    def __init__(self, cap: ConnectionCap) -> None:
        self.cap = cap
        self.ended: list[str] = []

    def enter(self, name: str, peer: str = HERE, *, busy: bool = False) -> Slot | None:
        slot = self.cap.enter(peer, lambda: self.ended.append(name))
        if slot and busy:
            slot.busy()
        return slot


def test_below_the_limits_all_come_in() -> None:
    bench = Bench(ConnectionCap(2, 2))
    assert bench.enter("a")
    assert bench.enter("b")
    assert (bench.ended, bench.cap.counters.open) == ([], 2)


def test_the_one_that_has_been_idle_longest_ends_for_a_new_one() -> None:
    bench = Bench(ConnectionCap(3, 0))
    first, second = bench.enter("a"), bench.enter("b", THERE)
    assert first
    assert second
    bench.enter("c", busy=True)
    first.busy()
    first.idle()
    assert bench.enter("d", "192.0.2.3")
    assert bench.ended == ["b"]
    assert bench.enter("e")
    assert bench.ended == ["b", "a"]
    assert bench.cap.counters.open == 3
    # What ended for another has left already.
    second.leave()
    second.idle()
    assert (bench.cap.counters.open, bench.cap.counters.ended_idle) == (3, 2)


def test_where_all_are_busy_the_new_one_is_refused() -> None:
    bench = Bench(ConnectionCap(2, 0))
    one = bench.enter("a", busy=True)
    bench.enter("b", THERE, busy=True)
    assert bench.enter("c", THERE) is None
    assert bench.cap.counters.refused_all == 1
    assert one
    one.leave()
    assert bench.enter("c", THERE)


def test_an_address_that_has_its_share_takes_from_itself_only() -> None:
    bench = Bench(ConnectionCap(10, 2))
    bench.enter("other", THERE)
    bench.enter("a", busy=True)
    bench.enter("b")
    assert bench.enter("c", busy=True)
    assert bench.ended == ["b"]
    assert bench.enter("d") is None
    assert bench.cap.counters.refused_address == 1
    assert bench.enter("e", THERE)


@pytest.mark.parametrize(
    ("peer", "same"),
    [("2001:db8::1", "2001:db8::2:0:0:1"), ("192.0.2.1", "::ffff:192.0.2.1"), ("fe80::1%eth0", "fe80::2")],
)
def test_addresses_of_one_owner(peer: str, same: str) -> None:
    bench = Bench(ConnectionCap(0, 1))
    bench.enter("a", peer, busy=True)
    assert bench.enter("b", same) is None
    assert bench.enter("c", "2001:db8:0:1::1")


def test_proxies_that_are_trusted_have_the_limit_of_all() -> None:
    bench = Bench(ConnectionCap(3, 1, [ipaddress.ip_network("192.0.2.0/24")]))
    assert all(bench.enter(str(n), busy=True) for n in range(3))
    assert bench.enter("d") is None
    assert bench.cap.counters.refused_all == 1


def test_zero_is_no_limit() -> None:
    bench = Bench(ConnectionCap())
    assert all(bench.enter(str(n), busy=True) for n in range(5000))


def test_nothing_is_left_of_who_has_gone() -> None:
    cap = ConnectionCap(5, 5)
    slots = [cap.enter(f"192.0.2.{n % 7}", lambda: None) for n in range(40)]
    for slot in slots:
        if slot:
            slot.leave()
    assert (cap.counters.open, cap._open, cap._idle, cap._idle_of) == (0, {}, {}, {})


def test_a_line_a_minute_says_how_many(caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    cap = ConnectionCap(1, now=lambda: now[0])
    slot = cap.enter(HERE, lambda: None)
    assert slot
    slot.busy()
    with caplog.at_level(logging.WARNING):
        for second in range(130):
            now[0] = 1000.0 + second
            assert cap.enter(THERE, lambda: None) is None
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split(" ", 1)[0] for line in lines] == ["1", "60", "60"]
    assert THERE in lines[0]
