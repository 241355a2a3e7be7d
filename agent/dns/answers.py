"""One DNS query and its answer, as bytes (RFC 1035; EDNS as of RFC 6891). Pure."""

from __future__ import annotations

import ipaddress
import struct

from dnslib import (
    CLASS,
    EDNS0,
    NS,
    OPCODE,
    PTR,
    QTYPE,
    RCODE,
    RR,
    SOA,
    A,
    DNSError,
    DNSHeader,
    DNSQuestion,
    DNSRecord,
)

from agent.dns.zone import Zone
from nimbus.protocol.mesh_names import CONTROL_PLANE, ZONE

# Members come and go: what others remember is wrong for no longer than this.
TTL_S = 5
NEGATIVE_TTL_S = 5
# What the internet agreed on as safe (dnsflagday.net/2020).
UDP_BYTES = 1232
_REVERSE = "in-addr.arpa"
_HEADER_BYTES = 12
# Of a name as text, its last dot left out (RFC 1035, section 3.1): a longer one cannot be said again in an answer.
_MOST_NAME = 253
_RESPONSE, _RECURSION_WANTED = 0x8000, 0x0100


def answer(query: bytes, zone: Zone) -> bytes | None:
    """None: what came is no query, and answering it would begin a conversation of two servers."""
    if len(query) < _HEADER_BYTES or struct.unpack_from("!H", query, 2)[0] & _RESPONSE:
        return None
    try:
        asked = DNSRecord.parse(query)
    except (DNSError, ValueError, IndexError, struct.error, UnicodeError, OverflowError):
        return _unread(query)
    if any(_is_too_long(question) for question in asked.questions):
        return _unread(query)
    if asked.header.opcode != OPCODE.QUERY:
        return _reply(asked, RCODE.NOTIMP)
    if len(asked.questions) != 1:
        return _unread(query)
    question = asked.q
    name = str(question.qname).rstrip(".").lower()
    if question.qclass not in (CLASS.IN, QTYPE.ANY):
        return _reply(asked, RCODE.REFUSED)
    if zone.holds(name):
        return _named(asked, name, zone)
    if name.endswith(f".{_REVERSE}"):
        return _reversed(asked, name, zone)
    return _reply(asked, RCODE.REFUSED)


def _is_too_long(question: DNSQuestion) -> bool:
    return sum(len(label) + 1 for label in question.qname.label) - 1 > _MOST_NAME


def _named(asked: DNSRecord, name: str, zone: Zone) -> bytes:
    kind = asked.q.qtype
    if name == ZONE:
        known = {QTYPE.SOA: _authority(zone).rdata, QTYPE.NS: NS(CONTROL_PLANE)}
        return _found(asked, {kind: known[kind]} if kind in known else {}, zone)
    address = zone.addresses.get(name)
    if address is None:
        return _reply(asked, RCODE.NOERROR if name in zone.between else RCODE.NXDOMAIN, zone)
    return _found(asked, {QTYPE.A: A(address)} if kind in (QTYPE.A, QTYPE.ANY) else {}, zone)


def _reversed(asked: DNSRecord, name: str, zone: Zone) -> bytes:
    """For the addresses of the mesh alone: it does not answer for anybody else's."""
    labels = name.removesuffix(f".{_REVERSE}").split(".")
    try:
        address = ipaddress.IPv4Address(".".join(reversed(labels)))
    except ValueError:
        return _reply(asked, RCODE.REFUSED)
    if address not in zone.network:
        return _reply(asked, RCODE.REFUSED)
    member = zone.names.get(str(address))
    if member is None:
        return _reply(asked, RCODE.NXDOMAIN, zone)
    return _found(asked, {QTYPE.PTR: PTR(member)} if asked.q.qtype in (QTYPE.PTR, QTYPE.ANY) else {}, zone)


def _found(asked: DNSRecord, records: dict[int, object], zone: Zone) -> bytes:
    """`records` by type; without any there is nothing of this type."""
    reply = _begun(asked, RCODE.NOERROR)
    for kind, data in records.items():
        reply.add_answer(RR(asked.q.qname, kind, ttl=TTL_S, rdata=data))
    if not records:
        reply.add_auth(_authority(zone))
    return bytes(reply.pack())


def _reply(asked: DNSRecord, code: int, zone: Zone | None = None) -> bytes:
    """`zone`: the authority for what there is not (RFC 2308, section 3)."""
    reply = _begun(asked, code)
    if zone is not None:
        reply.add_auth(_authority(zone))
    return bytes(reply.pack())


def _begun(asked: DNSRecord, code: int) -> DNSRecord:
    header = DNSHeader(
        id=asked.header.id, qr=1, opcode=asked.header.opcode, rd=asked.header.rd, ra=0, rcode=code
    )
    # Nobody is told so of what is refused.
    header.aa = int(code in (RCODE.NOERROR, RCODE.NXDOMAIN))
    reply = DNSRecord(header, questions=asked.questions)
    if any(record.rtype == QTYPE.OPT for record in asked.ar):
        reply.add_ar(EDNS0(udp_len=UDP_BYTES))
    return reply


def _authority(zone: Zone) -> RR:
    times = (zone.serial & 0xFFFFFFFF, 3600, 600, 86400, NEGATIVE_TTL_S)
    return RR(ZONE, QTYPE.SOA, ttl=NEGATIVE_TTL_S, rdata=SOA(CONTROL_PLANE, f"hostmaster.{ZONE}", times))


def _unread(query: bytes) -> bytes:
    """The header of a query that cannot be read, said to be one (RFC 1035, section 4.1.1: format error)."""
    number, flags = struct.unpack_from("!HH", query)
    opcode_and_wish = flags & (0x7800 | _RECURSION_WANTED)
    return struct.pack("!HHHHHH", number, _RESPONSE | opcode_and_wish | RCODE.FORMERR, 0, 0, 0, 0)
