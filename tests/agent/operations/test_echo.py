"""ICMP echo: the packets byte by byte, and a round on loopback."""

from __future__ import annotations

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.operations.echo import checksum, echo_request, measure, parse_reply


def test_the_checksum_of_rfc_1071() -> None:
    # RFC 1071, section 3: the sum of these words is ddf2.
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


@given(st.binary(max_size=64).map(lambda data: data + b"\0" * (len(data) % 2)))
def test_data_with_its_checksum_sums_to_zero(data: bytes) -> None:
    assert checksum(data + struct.pack("!H", checksum(data))) == 0


def ip_packet(icmp: bytes, options: bytes = b"") -> bytes:
    words = 5 + len(options) // 4
    return bytes([0x40 | words]) + b"\0" * 19 + options + icmp


def reply(identifier: int, sequence: int) -> bytes:
    return b"\0" + echo_request(identifier, sequence)[1:]


def test_only_replies_of_ours_are_taken() -> None:
    assert parse_reply(ip_packet(reply(7, 3)), 7) == 3
    assert parse_reply(ip_packet(reply(7, 3), options=b"\1\1\1\1"), 7) == 3
    assert parse_reply(ip_packet(reply(8, 3)), 7) is None, "somebody else's ping"
    assert parse_reply(ip_packet(echo_request(7, 3)), 7) is None, "a request is no reply"


@given(st.binary(max_size=80))
def test_hostile_packets_are_passed_over(packet: bytes) -> None:
    parse_reply(packet, 1)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="raw sockets need root")
async def test_loopback_answers_and_a_silent_address_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.operations.echo.LAST_WAIT_S", 0.05)
    times = await measure(["127.0.0.1", "127.0.0.2"], count=2, wait_s=1)
    assert all(elapsed is not None and 0 < elapsed < 1000 for elapsed in times.values())
    # A broadcast address: nobody may send there without asking for it.
    assert await measure(["255.255.255.255"], count=1, wait_s=0.05) == {"255.255.255.255": None}
