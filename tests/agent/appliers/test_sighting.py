"""A node shows itself from the port that WireGuard has, though WireGuard's own socket holds it."""

from __future__ import annotations

import socket

import pytest

from agent.appliers.ways.sighting import show
from nimbus.protocol.sighting import datagram


@pytest.mark.root
@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_the_datagram_leaves_from_a_port_that_is_in_use(loopback: str) -> None:
    family = socket.AF_INET6 if ":" in loopback else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_DGRAM) as wireguard,
        socket.socket(family, socket.SOCK_DGRAM) as hub,
    ):
        try:
            wireguard.bind((loopback, 0))
        except OSError:
            pytest.skip("there is no IPv6 here")
        hub.bind((loopback, 0))
        hub.settimeout(10)
        own, token = wireguard.getsockname()[1], bytes(range(16))
        assert show(loopback, hub.getsockname()[1], own, token)
        received, source = hub.recvfrom(100)
        assert (received, source[:2]) == (datagram(token), (loopback, own))


def test_what_cannot_be_sent_is_no_failure() -> None:
    assert not show("255.255.255.255", 8443, 51820, b"")
