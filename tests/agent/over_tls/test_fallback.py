"""When WireGuard goes over TLS."""

from __future__ import annotations

import pytest

from agent.over_tls.fallback import TlsFallback
from nimbus.wireguard.model import PeerState

SILENT = PeerState("key", rx_bytes=0)


def heard(rx_bytes: int) -> PeerState:
    return PeerState("key", last_handshake=1.0, rx_bytes=rx_bytes)


@pytest.mark.parametrize("state", [None, SILENT])
def test_fifteen_seconds_without_a_sign_are_enough(state: PeerState | None) -> None:
    fallback = TlsFallback()
    assert [fallback.look(state, connected=False, now=100 + at) for at in (0, 14.9)] == ["", ""]
    assert not fallback.is_active
    assert fallback.look(state, connected=False, now=115) == "tls"
    assert fallback.is_active
    # Once is enough.
    assert fallback.look(state, connected=False, now=140) == ""


def test_where_neither_has_a_sign_they_take_turns() -> None:
    fallback = TlsFallback()
    fallback.look(None, connected=False, now=0)
    turns = [(now, turn) for now in range(1, 130) if (turn := fallback.look(None, connected=False, now=now))]
    assert turns == [(15, "tls"), (60, "udp"), (75, "tls"), (120, "udp")]


def test_any_byte_or_handshake_is_a_sign_and_so_is_a_connection() -> None:
    fallback = TlsFallback()
    assert not fallback.look(heard(1), connected=False, now=0)
    assert not fallback.look(heard(2), connected=False, now=14)
    assert not fallback.look(heard(2), connected=False, now=28)
    assert not fallback.look(None, connected=True, now=40)
    assert not fallback.look(heard(2), connected=False, now=54)
    assert fallback.look(heard(2), connected=False, now=70) == "tls"


def test_what_answers_by_udp_has_another_fifteen_seconds() -> None:
    fallback = TlsFallback(is_active=True)
    assert not fallback.look(heard(1), connected=False, now=0)
    fallback.udp_answers()
    assert not fallback.is_active
    assert not fallback.look(heard(1), connected=False, now=100)
    assert fallback.look(heard(1), connected=False, now=116) == "tls"
