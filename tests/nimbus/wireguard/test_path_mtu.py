"""How large the packets of a tunnel may be, from what is known of the way."""

from __future__ import annotations

import pytest

from nimbus.wireguard.path_mtu import PathMtu, Way

A, B = "192.0.2.1", "2001:db8::1"


@pytest.mark.parametrize(
    ("link", "mtu"),
    [
        (1500, 1420),
        (1460, 1380),
        (1450, 1370),
        (1400, 1320),
        (1360, 1280),
        (1280, 1280),
        (576, 1280),
        (9000, 1420),
    ],
)
def test_the_routes_less_what_is_added_within_limits(link: int, mtu: int) -> None:
    known = PathMtu()
    known.see(A, Way(link, link))
    assert (known.mtu, known.source) == (mtu, "route")


def test_without_a_route_it_is_ethernets() -> None:
    known = PathMtu()
    known.see(A, None)
    assert (known.mtu, known.source) == (1420, "default")


def test_what_was_learned_holds_until_the_way_is_another() -> None:
    known = PathMtu()
    known.see(A, Way(1500, 1400))
    assert (known.mtu, known.source) == (1320, "learned")
    known.see(A, Way(1500, 1500))
    assert known.mtu == 1320
    known.see(A, None)
    assert known.mtu == 1320
    known.see(A, Way(1480, 1480))
    assert (known.mtu, known.source) == (1400, "route")
    known.measure(1390)
    assert (known.mtu, known.source) == (1390, "measured")
    known.see(B, Way(1480, 1480))
    assert (known.mtu, known.source) == (1400, "route")


def test_measured_it_may_be_less_than_any_route_says() -> None:
    known = PathMtu()
    known.see(A, Way(1500, 1500))
    known.measure(1200)
    assert known.mtu == 1200
    known.measure(1)
    assert known.mtu == 576


def test_what_is_set_is_set() -> None:
    known = PathMtu(8920)
    known.see(A, Way(1500, 1500))
    known.measure(1200)
    assert (known.mtu, known.source) == (8920, "set")
    known.fixed = 0
    assert known.mtu == 1200
