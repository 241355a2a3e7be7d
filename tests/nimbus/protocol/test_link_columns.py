"""Measurements of many ways, packed: what comes out is what went in, and junk is refused in words."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from nimbus.protocol.link_columns import PackedLinks, address_number, merged, pack
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


def test_versions_that_tell_fewer_or_more_columns_understand_each_other() -> None:
    class Older(msgspec.Struct, array_like=True):
        addresses: list[int]
        ages: list[int | None]
        trips: list[int | None]
        received: list[int]
        sent: list[int]
        ways: list[int]
        endpoints: list[str]

    plain = pack([(7, NEAR)])
    assert msgspec.msgpack.decode(zlib.decompress(plain), type=Older).endpoints == [NEAR.endpoint]
    older = msgspec.msgpack.encode(Older([7], [3], [49], [708], [652], [1], [NEAR.endpoint]))
    assert PackedLinks(zlib.compress(older)).get(7) == NEAR
    more = msgspec.structs.replace(NEAR, asked_first=True, mtu=1400, sent=2, lost=1, ago_s=5)
    idle = msgspec.structs.replace(SILENT, idle=True)
    assert [PackedLinks(pack([(7, more), (9, idle)])).get(place) for place in (7, 9)] == [more, idle]


def test_newer_ways_take_the_place_of_older_ones_and_who_is_gone_is_dropped() -> None:
    before = pack([(7, NEAR), (8, NEAR), (9, NEAR)])
    stale = msgspec.structs.replace(SILENT, ago_s=60)
    found = merged(before, lambda address: address != 9, {7: SILENT, 8: stale}, 30)
    packed = PackedLinks(found.packed)
    assert (packed.get(7), packed.get(9)) == (SILENT, None)
    assert packed.get(8) == msgspec.structs.replace(NEAR, ago_s=30)
    assert (found.used, found.trips, found.oldest_s) == (frozenset({7}), [0.49], 30)
