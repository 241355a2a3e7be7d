"""Why two members reach each other or do not: the first cause that is found is the one that is told."""

from __future__ import annotations

import ipaddress

import msgspec
import pytest

from nimbus.fleet.mesh.endpoints import sorted_out
from nimbus.fleet.mesh.explained_policy import kept_apart, with_ports
from nimbus.fleet.mesh.explanation import End, explain
from nimbus.fleet.mesh.nat.rules import Network
from nimbus.fleet.mesh.policy.document import Decided, Direction
from nimbus.fleet.mesh.policy.rules import Between, Passage
from nimbus.fleet.mesh.records import CONTROL_PLANE, MeshPair
from nimbus.fleet.mesh.rules import path_of
from nimbus.protocol.messages import Link
from nimbus.protocol.port_set import EVERYTHING, NOTHING, parse

AT = "2026-01-31T12:00:00.000000Z"
WELL = End("a", True, False, "203.0.113.1:51820", 7, AT, newest=7)
OTHER = WELL._replace(name="b", endpoint="203.0.113.2:51820")
GOOD = [
    MeshPair("a", "b", "direct", 4.0, 1.5, 10, 10, AT),
    MeshPair("b", "a", "direct", 4.0, 2.5, 10, 10, AT),
]
RELAYED = [
    msgspec.structs.replace(pair, path="relayed", way="relay", endpoint="127.0.0.1:4242") for pair in GOOD
]
TRIED = Link("b", "b", None, None, 0, 0, tried=("203.0.113.2:51820", "192.168.1.6:4000"))
BROKEN = [MeshPair("a", "b", "down", 300.0, None, 0, 10, AT), GOOD[1]]


def test_all_is_well() -> None:
    told = explain(WELL, OTHER, GOOD)
    assert (told.path, told.summary, told.next_step) == ("direct", "direct connection, round trip 2.5 ms", "")
    assert all(finding.ok is not False for finding in told.findings)
    # The moment, so that its age counts on.
    assert any(each.message == "a to b: last handshake 2026-01-31T11:59:56Z" for each in told.findings)
    told = explain(WELL._replace(problems=("one member is refused",)), OTHER, GOOD)
    assert (told.path, told.next_step) == ("direct", "")
    assert any(finding.message == "a: one member is refused" for finding in told.findings)


def test_an_idle_path_is_no_fault_and_says_what_opens_it() -> None:
    idle = [msgspec.structs.replace(pair, path="idle", handshake_age_s=None, rtt_ms=None) for pair in GOOD]
    for one in (WELL, WELL._replace(problems=("one member is refused",))):
        told = explain(one, OTHER, idle)
        assert told.path == "idle"
        assert told.summary == "nothing was sent between them lately; the next packet opens their way"
        assert "nimbus mesh status" in told.next_step
    assert all(finding.ok is not False for finding in explain(WELL, OTHER, idle).findings)
    # Both ends have the same session: what the one measured later counts.
    assert explain(WELL, OTHER, [idle[0], GOOD[1]]).path == "direct"


@pytest.mark.parametrize(
    ("one", "other", "found", "path", "summary"),
    [
        (WELL._replace(online=False), OTHER, BROKEN, "down", "a is offline"),
        (WELL, OTHER._replace(online=False), [], "down", "b is offline"),
        (WELL._replace(waiting=True, online=False), OTHER, [], "down", "a is not approved"),
        (WELL._replace(revision=5), OTHER, BROKEN, "down", "a does not know the newest peers"),
        (
            WELL._replace(revision=5),
            OTHER._replace(unproven=True),
            [],
            "down",
            "b has not shown that it has its WireGuard key: the others are not told of it",
        ),
        (WELL, OTHER, BROKEN, "down", "nothing comes through from a to b"),
        (
            WELL._replace(unproven=True),
            OTHER,
            [],
            "down",
            "a has not shown that it has its WireGuard key: the others are not told of it",
        ),
        (WELL._replace(problems=("runs twice",)), OTHER, BROKEN, "down", "a: runs twice"),
        (
            WELL,
            OTHER,
            RELAYED,
            "relayed",
            "they reach each other through a relay, encrypted from end to end: no packet passed directly",
        ),
        (WELL, OTHER, [], "down", "nothing has been measured between them yet"),
    ],
)
def test_the_first_cause(one: End, other: End, found: list[MeshPair], path: str, summary: str) -> None:
    told = explain(one, other, found)
    assert (told.path, told.summary) == (path, summary)
    assert told.next_step
    assert told.pairs == found


def test_the_control_plane_is_a_member_too() -> None:
    told = explain(End(CONTROL_PLANE, True, False, "", None, ""), OTHER, [])
    assert told.from_ == CONTROL_PLANE
    assert told.findings[0].ok is True


def test_a_session_that_is_old_is_named() -> None:
    ages = [finding for finding in explain(WELL, OTHER, BROKEN).findings if "handshake" in finding.message]
    assert [finding.ok for finding in ages] == [False, True]


def test_a_way_that_carries_less_than_the_others_is_named() -> None:
    narrow = Link("b", "b", 4.0, 1.0, 10, 10, mtu=1204)
    messages = [finding.message for finding in explain(WELL, OTHER, GOOD, {"a": narrow}).findings]
    assert "a to b: packets of at most 1204 bytes (measured: larger ones are lost on this way)" in messages
    messages = [finding.message for finding in explain(WELL, OTHER, RELAYED, {"a": narrow}).findings]
    assert not any("1204" in message for message in messages)


def test_what_is_in_front_of_both_explains_a_relay() -> None:
    behind = Network("port_per_destination")
    told = explain(WELL._replace(network=behind), OTHER._replace(network=behind), RELAYED)
    assert "both are behind NATs that give a port for each destination" in told.summary
    assert "pass a UDP port on to a or b" in told.next_step
    told = explain(WELL._replace(network=behind), OTHER._replace(network=behind), GOOD)
    assert told.next_step == ""
    messages = [finding.message for finding in told.findings]
    assert "a is behind a NAT; it gets another port for each destination (symmetric)" in messages


@pytest.mark.parametrize(
    ("rule", "same", "words"),
    [
        ("", False, "different organizations"),
        ("split", True, "the rule 'split' of the mesh policy"),
        ("split", False, "the rule 'split' of the mesh policy"),
        ("", True, "allows only what its rules name"),
    ],
)
def test_a_border_and_a_policy_are_named(rule: str, same: bool, words: str) -> None:
    closed = Direction(NOTHING, (Decided(rule, EVERYTHING, allowed=False),), "one")
    between = Between(Passage(closed, closed), one_keeps_ports=True, other_keeps_ports=True)
    told = kept_apart(WELL, OTHER, between, same_organization=same)
    assert (told.path, told.pairs) == ("down", [])
    assert words in told.summary
    assert "nimbus mesh policy show" in told.next_step


SHELL = Direction(parse(["tcp/22"]), (Decided("shell", parse(["tcp/22"]), allowed=True),))
SILENT = Direction(NOTHING, (Decided("", EVERYTHING, allowed=False),), "one")


def test_ports_are_named_by_direction_with_their_rules() -> None:
    told = with_ports(explain(WELL, OTHER, GOOD), Passage(SHELL, SILENT))
    assert [finding.message for finding in told.findings][:2] == [
        "a may open tcp/22 on b (rule 'shell')",
        "b may open nothing on a",
    ]
    assert (told.path, told.next_step) == ("direct", "")
    assert "some ports only" in told.summary
    whole = Direction(EVERYTHING, (Decided("", EVERYTHING, allowed=True),))
    assert with_ports(explain(WELL, OTHER, GOOD), Passage(whole, whole)) == explain(WELL, OTHER, GOOD)


def test_who_cannot_close_ports_is_named() -> None:
    between = Between(Passage(SHELL, SILENT), one_keeps_ports=True, other_keeps_ports=False)
    told = kept_apart(WELL, OTHER, between, same_organization=True)
    assert told.summary == "the mesh policy opens only some ports between them, and b cannot close the others"
    assert "On b: " in told.next_step
    assert "a may open tcp/22 on b (rule 'shell')" in [finding.message for finding in told.findings]


def test_where_each_is_reached_what_was_tried_and_what_is_used_are_told() -> None:
    said = sorted_out(["192.168.1.5:4000", "127.0.0.1:4000"], ipaddress.IPv4Network("10.106.103.0/24"))
    told = explain(WELL._replace(said=said), OTHER, RELAYED, {"a": TRIED})
    messages = {finding.message: finding.ok for finding in told.findings}
    assert messages["a says that it is reached at 192.168.1.5:4000"] is None
    assert messages["whether a is behind a NAT is not known"] is None
    refused = "a says that it is reached at '127.0.0.1:4000': not told, for it leads each machine to itself"
    assert messages[refused] is False
    assert messages["a to b: by a relay, encrypted from end to end"] is None
    named = [msgspec.structs.replace(pair, endpoint="10.106.103.9") for pair in RELAYED]
    told = explain(WELL, OTHER, named)
    assert "a to b: by the relay at 10.106.103.9, encrypted from end to end" in [
        f.message for f in told.findings
    ]
    assert messages["a to b: tried without an answer: 203.0.113.2:51820, 192.168.1.6:4000"] is False
    # What was tried before there was a way is no news.
    near = [msgspec.structs.replace(pair, way="lan", endpoint="192.168.1.6:4000") for pair in GOOD]
    messages = {finding.message: finding.ok for finding in explain(WELL, OTHER, near, {"a": TRIED}).findings}
    assert messages["a to b: at 192.168.1.6:4000, on its own network"] is None
    assert not any("tried" in message for message in messages)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        (Link("b", "b", None, None, 0, 148), "down"),
        (Link("b", "b", 4.0, None, 0, 148, "192.0.2.1:1", "outside"), "down"),
        (Link("b", "b", 4.0, None, 10, 10, "192.0.2.1:1", "outside"), "direct"),
        (Link("b", "b", 400.0, None, 10, 10, "192.0.2.1:1", "outside"), "down"),
        (Link("b", "b", 4.0, 1.0, 10, 10, "127.0.0.1:1", "relay"), "relayed"),
        (Link("b", "b", 4.0, None, 10, 10, "127.0.0.1:1", "relay"), "relayed"),
        (Link("b", "b", 400.0, None, 10, 10, "127.0.0.1:1", "relay"), "down"),
        # Of an agent that does not say.
        (Link("b", "b", None, 1.0, 10, 10), "direct"),
    ],
)
def test_the_path_of_a_link(link: Link, path: str) -> None:
    assert path_of(link) == path
