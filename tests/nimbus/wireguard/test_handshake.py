"""Datagrams of WireGuard looked at from outside. The initiation was sent by wireguard-go to this public key."""

from __future__ import annotations

import pytest

from nimbus.wireguard.handshake import InitiationCheck, is_initiation, is_response
from nimbus.wireguard.keys import generate_private_key, public_key

HUB_KEY = "7EIEB61n8Oy+MWH0AE7ZftxlVKohRwBdQwKim5P0ujw="
INITIATION = bytes.fromhex(
    "010000000b0bf9ddfa2aad13ffc599a7c0a809182a905c56ed15a1c81539ffd5e19272fe9843fb1578ddc8244f77e4477d2b13b1"
    "1c44b6fa5a2d793365a522bc0282095faf2bee4ab30c7172e6708ed300c21f00f90f09a9fe56ecda8786ce80906d4eef8b8ec6e7"
    "91fef35d3efff0c638d7c8abcc14bf74cd2e128d5a280d74d720892500000000000000000000000000000000"
)


def test_a_real_initiation_is_for_the_key_that_it_was_made_with() -> None:
    assert is_initiation(INITIATION)
    assert InitiationCheck(HUB_KEY).admits(INITIATION)
    assert not InitiationCheck(public_key(generate_private_key())).admits(INITIATION)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x01",
        INITIATION[:-1],
        INITIATION + b"\x00",
        b"\x02" + INITIATION[1:],
        b"\x04" + INITIATION[1:],
        INITIATION[:20] + bytes((INITIATION[20] ^ 1,)) + INITIATION[21:],
        bytes(148),
        b"\x01" + bytes(147),
    ],
)
def test_anything_else_is_not(datagram: bytes) -> None:
    assert not InitiationCheck(HUB_KEY).admits(datagram)


def test_a_response_is_known_by_its_length_and_first_byte() -> None:
    assert is_response(b"\x02" + bytes(91))
    assert not is_response(b"\x02" + bytes(92))
    assert not is_response(b"\x01" + bytes(91))
    assert not is_response(b"")
