"""Sets of ports, against sets of single ports."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.protocol.port_set import EVERYTHING, LAST_PORT, NOTHING, PortSet, parse

EDGES = (0, 1, 2, 3, 21, 22, 23, LAST_PORT - 1, LAST_PORT)
ranges = st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)).map(sorted)
port_words = st.builds(
    lambda protocol, ends: f"{protocol}/{ends[0]}-{ends[1]}", st.sampled_from(["tcp", "udp"]), ranges
)
words = st.one_of(port_words, st.sampled_from(["tcp", "udp", "icmp", "other", "everything"]))
port_sets = st.lists(words, max_size=4).map(parse)
# Every packet that two of these sets may differ in: of a port, or of a protocol without.
PORTS = sorted({port + near for port in EDGES for near in (-1, 0, 1)} & set(range(LAST_PORT + 1)))
PACKETS = [*itertools.product(("tcp", "udp"), PORTS), ("icmp", 0), ("other", 0)]


def members(ports: PortSet) -> set[tuple[str, int]]:
    return {packet for packet in PACKETS if _has(ports, *packet)}


def _has(ports: PortSet, protocol: str, port: int) -> bool:
    part = getattr(ports, protocol)
    return part if isinstance(part, bool) else any(first <= port <= last for first, last in part)


@given(port_sets, port_sets)
def test_they_are_what_sets_of_single_ports_are(one: PortSet, other: PortSet) -> None:
    assert members(one | other) == members(one) | members(other)
    assert members(one & other) == members(one) & members(other)
    assert members(one - other) == members(one) - members(other)
    assert bool(one) == bool(members(one))
    # Each set has one spelling.
    assert (one == other) == (members(one) == members(other))


@given(port_sets)
def test_words_are_read_back(ports: PortSet) -> None:
    assert parse(ports.words) == ports
    for ranges in (ports.tcp, ports.udp):
        assert all(later[0] > earlier[1] + 1 for earlier, later in itertools.pairwise(ranges))
    assert ports - NOTHING == ports & EVERYTHING == ports


def test_spelling() -> None:
    assert parse(["tcp/22", "udp/53", "tcp/20-21", "icmp"]).words == ("tcp/20-22", "udp/53", "icmp")
    assert EVERYTHING.words == ("everything",)
    assert (EVERYTHING - parse(["tcp/22"])).words == ("tcp/0-21", "tcp/23-65535", "udp", "icmp", "other")


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("22", "names no port"),
        ("tcp/", "names no port"),
        ("sctp/22", "names no port"),
        ("TCP/22", "names no port"),
        ("tcp/22 ", "names no port"),
        ("tcp/²", "names no port"),
        ("tcp/-1", "names no port"),
        ("tcp/65536", "no port above 65535"),
        ("tcp/1-99999", "no port above 65535"),
        ("udp/9-8", "ends before it begins"),
    ],
)
def test_words_that_say_nothing(word: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(["tcp/22", word])
