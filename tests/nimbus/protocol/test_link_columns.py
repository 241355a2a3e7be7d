"""Measurements of many ways, packed: what comes out is what went in, and junk is refused in words."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from nimbus.protocol.link_columns import PackedLinks, address_number, pack
from nimbus.protocol.messages import Link

BASE = address_number("10.106.0.0")
NEAR = Link("", "", 3.0, 0.49, 708, 652, "192.0.2.7:51820", "lan")
SILENT = Link("", "", None, None, 0, 148, "", "")


def test_what_was_packed_comes_out() -> None:
    # Names are not packed, nor what nobody looks at of a time.
    told = msgspec.structs.replace(NEAR, peer="id", name="web-1", handshake_age_s=3.2, rtt_ms=0.4921)
    packed = PackedLinks(pack([(BASE + 9, SILENT), (BASE + 2, told)]))
    assert list(packed) == [BASE + 2, BASE + 9]
    assert (packed.get(BASE + 2), packed.get(BASE + 9), packed.get(BASE + 3)) == (NEAR, SILENT, None)
    assert list(PackedLinks(pack([]))) == list(PackedLinks(b"")) == []


def test_numbers_that_nothing_measures_are_bounded() -> None:
    odd = Link("", "", -1.0, 1e300, -5, 1 << 80, "", "flying")
    link = PackedLinks(pack([(7, odd)])).get(7)
    assert link is not None
    assert (link.handshake_age_s, link.rx_bytes, link.tx_bytes, link.way) == (0.0, 0, (1 << 63) - 1, "")
    # Times a hundred these are no number any more.
    for most in (1.7e308, -1.7e308):
        link = PackedLinks(pack([(7, Link("", "", most, most, 0, 0))])).get(7)
        assert link is not None
        assert link.rtt_ms is not None
        assert 0 <= link.rtt_ms <= 1 << 63


@pytest.mark.parametrize(
    "junk",
    [
        b"no such thing",
        pack([(1, NEAR)])[:-6],
        zlib.compress(b"\x97"),
        zlib.compress(msgspec.msgpack.encode([[1], [], [], [], [], [], []])),
        zlib.compress(msgspec.msgpack.encode([[-1], [1], [1], [1], [1], [1], [""]])),
        zlib.compress(msgspec.msgpack.encode([[1], [1], [1], [1], [1], [77], [""]])),
        zlib.compress(b"\0" * (5 << 20)),
    ],
)
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="measurements that cannot be read"):
        PackedLinks(junk)


def test_a_thousand_ways_take_a_tenth_of_what_they_took() -> None:
    links = [
        (BASE + 2 + n, Link("", "", n % 120, 0.3 + n * 37 % 900 / 10, n * 7919 % 90000, n * 104729 % 90000))
        for n in range(1000)
    ]
    assert len(pack(links)) < 15_000
