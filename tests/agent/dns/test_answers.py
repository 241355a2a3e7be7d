"""Which queries are answered and how, and that nothing hostile is more than refused."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from dnslib import EDNS0, QTYPE, RCODE, DNSQuestion, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from agent.dns.answers import TTL_S, answer
from agent.dns.zone import Zone, zone_of
from nimbus.protocol.messages import MeshMembership, MeshPeer

MEMBERSHIP = MeshMembership("10.106.103.3/24", "hub", "192.0.2.1:51820", "10.106.103.1")


def member(number: int, name: str, workspace: str = "default") -> MeshPeer:
    return MeshPeer(f"n{number}", name, f"key-{number}", f"10.106.103.{number}", workspace=workspace)


ZONE = zone_of(MEMBERSHIP, "n3", [member(2, "web-1"), member(3, "db-1"), member(4, "web-1", "lab")], 7)
QUERY = DNSRecord.question("web-1.default.nimbus.internal", "A").pack()


def asked(name: str, kind: str = "A", zone: Zone = ZONE) -> DNSRecord:
    reply = answer(DNSRecord.question(name, kind).pack(), zone)
    assert reply is not None
    return DNSRecord.parse(reply)


def found(name: str, kind: str = "A") -> list[str]:
    reply = asked(name, kind)
    assert (reply.header.rcode, reply.header.aa, reply.header.ra) == (RCODE.NOERROR, 1, 0)
    assert all(record.ttl == TTL_S for record in reply.rr)
    return [str(record.rdata) for record in reply.rr]


def test_members_are_found_by_name_and_workspace() -> None:
    assert found("web-1.default.nimbus.internal") == ["10.106.103.2"]
    assert found("WEB-1.Default.Nimbus.INTERNAL") == ["10.106.103.2"]
    assert found("web-1.lab.nimbus.internal") == ["10.106.103.4"]
    assert found("db-1.default.nimbus.internal", "ANY") == ["10.106.103.3"]
    assert found("control-plane.nimbus.internal") == ["10.106.103.1"]


def test_addresses_of_the_mesh_have_names() -> None:
    assert found("2.103.106.10.in-addr.arpa", "PTR") == ["web-1.default.nimbus.internal."]
    assert found("1.103.106.10.in-addr.arpa", "PTR") == ["control-plane.nimbus.internal."]
    assert found("2.103.106.10.in-addr.arpa", "A") == []
    assert asked("9.103.106.10.in-addr.arpa", "PTR").header.rcode == RCODE.NXDOMAIN


def test_the_apex_says_who_answers() -> None:
    [start] = asked("nimbus.internal", "SOA").rr
    assert (str(start.rdata.mname), start.rdata.times[0]) == ("control-plane.nimbus.internal.", 7)
    assert found("nimbus.internal", "NS") == ["control-plane.nimbus.internal."]
    assert found("nimbus.internal", "A") == []


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("web-2.default.nimbus.internal", "A", RCODE.NXDOMAIN),
        ("web-1.nimbus.internal", "A", RCODE.NXDOMAIN),
        ("x.web-1.default.nimbus.internal", "A", RCODE.NXDOMAIN),
        # There are names below it (RFC 8020).
        ("default.nimbus.internal", "A", RCODE.NOERROR),
        ("web-1.default.nimbus.internal", "AAAA", RCODE.NOERROR),
        ("web-1.default.nimbus.internal", "TXT", RCODE.NOERROR),
    ],
)
def test_what_there_is_not_is_said_with_the_authority(name: str, kind: str, code: int) -> None:
    reply = asked(name, kind)
    assert (reply.header.rcode, reply.rr, reply.header.aa) == (code, [], 1)
    assert [record.rtype for record in reply.auth] == [QTYPE.SOA]


@pytest.mark.parametrize(
    "name",
    [
        "example.org",
        ".",
        "notnimbus.internal",
        "internal",
        "1.2.0.192.in-addr.arpa",
        "x.in-addr.arpa",
        "1.in-addr.arpa",
    ],
)
def test_it_answers_for_nobody_else(name: str) -> None:
    reply = asked(name)
    assert (reply.header.rcode, reply.rr, reply.auth, reply.header.aa) == (RCODE.REFUSED, [], [], 0)


def test_another_class_is_refused_and_another_operation_not_known() -> None:
    query = DNSRecord(q=DNSQuestion("web-1.default.nimbus.internal", QTYPE.A, 3))
    assert DNSRecord.parse(answer(query.pack(), ZONE) or b"").header.rcode == RCODE.REFUSED
    query = DNSRecord.question("web-1.default.nimbus.internal")
    query.header.opcode = 5
    reply = DNSRecord.parse(answer(query.pack(), ZONE) or b"")
    assert (reply.header.rcode, reply.header.opcode, reply.header.id) == (RCODE.NOTIMP, 5, query.header.id)


def test_edns_is_answered_with_edns() -> None:
    query = DNSRecord.question("web-1.default.nimbus.internal")
    query.add_ar(EDNS0(udp_len=4096))
    reply = DNSRecord.parse(answer(query.pack(), ZONE) or b"")
    assert [(record.rtype, record.edns_len) for record in reply.ar] == [(QTYPE.OPT, 1232)]
    assert len(reply.rr) == 1
    assert asked("web-1.default.nimbus.internal").ar == []


def test_no_conversation_begins_with_an_answer() -> None:
    reply = answer(QUERY, ZONE)
    assert reply is not None
    assert answer(reply, ZONE) is None
    assert answer(QUERY[:11], ZONE) is None


def test_several_questions_at_once_are_a_format_error() -> None:
    query = DNSRecord.question("web-1.default.nimbus.internal")
    query.add_question(DNSQuestion("db-1.default.nimbus.internal"))
    reply = DNSRecord.parse(answer(query.pack(), ZONE) or b"")
    assert (reply.header.rcode, reply.header.id, reply.rr) == (RCODE.FORMERR, query.header.id, [])


def _small(data: bytes) -> None:
    reply = answer(data, ZONE)
    # What is sent to somebody who did not ask is no lever: hardly more than came.
    assert reply is None or (reply[:2] == data[:2] and reply[2] & 0x80 and len(reply) <= 2 * len(data) + 160)


@given(st.binary(max_size=1232))
def test_any_bytes_are_survived(data: bytes) -> None:
    _small(data)


@given(
    st.lists(st.tuples(st.integers(0, len(QUERY) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(QUERY)),
    st.binary(max_size=40),
)
def test_damaged_queries_are_survived(changes: list[tuple[int, int]], end: int, more: bytes) -> None:
    data = bytearray(QUERY)
    for place, value in changes:
        data[place] = value
    _small(bytes(data[:end] + more))
    _small(bytes(data + more))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param([member(2, "a", "")], {}, id="a control plane that tells no workspaces"),
        pytest.param(
            [member(5, "a"), member(2, "a")],
            {"a.default.nimbus.internal": "10.106.103.2"},
            id="one name twice",
        ),
        pytest.param(
            [
                MeshPeer("n9", "a", "k", "192.0.2.9", workspace="w"),
                MeshPeer("n8", "b", "k", "x", workspace="w"),
            ],
            {},
            id="addresses outside of the mesh",
        ),
        pytest.param([member(9, "db-1")], {"db-1.default.nimbus.internal": "10.106.103.9"}, id="another"),
    ],
)
def test_what_a_zone_has(members: list[MeshPeer], expected: dict[str, str]) -> None:
    zone = zone_of(MEMBERSHIP, "n3", members, 1)
    assert zone.addresses == {"control-plane.nimbus.internal": "10.106.103.1", **expected}


def test_a_node_answers_its_own_address_for_its_own_name() -> None:
    own: Any = MeshPeer("n3", "db-1", "k", "10.106.103.77", workspace="w")
    assert zone_of(MEMBERSHIP, "n3", [own], 1).addresses["db-1.w.nimbus.internal"] == "10.106.103.3"


@pytest.mark.parametrize("size", [61, 62, 63])
def test_a_name_of_any_length_is_no_more_than_refused(size: int) -> None:
    labels = b"".join(bytes((length,)) + b"y" * length for length in (63, 63, 63, size))
    for code in (0, 0x0800):
        query = struct.pack("!HHHHHH", 7, code, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
        reply = answer(query, ZONE)
        assert reply is not None
        assert struct.unpack_from("!H", reply, 2)[0] & 15 in (RCODE.FORMERR, RCODE.REFUSED, RCODE.NOTIMP)
