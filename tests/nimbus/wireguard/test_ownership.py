"""Whose an interface is, by its mark, its key, or neither."""

from __future__ import annotations

import pytest

from nimbus.wireguard.keys import generate_private_key, key_bytes, key_digest
from nimbus.wireguard.model import InterfaceState, PeerState
from nimbus.wireguard.ownership import Owner

OURS, THEIRS = generate_private_key(), generate_private_key()
MARK = "nimbus-agent /var/lib/nimbus-agent"


def state(key: str = "", *, peers: bool = False) -> InterfaceState:
    digest = key_digest(key_bytes(key)) if key else ""
    return InterfaceState(
        name="wg0", exists=True, private_key_digest=digest, peers={"k": PeerState("k")} if peers else {}
    )


@pytest.mark.parametrize(
    ("alias", "key", "peers", "owned"),
    [
        (MARK, OURS, True, True),
        # What was made by the key of a join token, and has not its own yet.
        (MARK, THEIRS, True, True),
        (MARK, "", False, True),
        # Made before there were marks, or by a data directory that was moved.
        ("", OURS, True, True),
        ("nimbus-agent /srv/old", OURS, True, True),
        # Just made, and the maker was killed.
        ("", "", False, True),
        ("", THEIRS, True, False),
        ("", THEIRS, False, False),
        ("", "", True, False),
        ("nimbus /var/lib/nimbus", THEIRS, True, False),
        ("an operator's", "", False, False),
    ],
)
def test_a_mark_or_a_key_says_whose_it_is(alias: str, key: str, peers: bool, owned: bool) -> None:
    assert Owner(MARK, (OURS,)).owns(alias, state(key, peers=peers)) is owned


def test_a_long_mark_fits_an_alias_and_is_the_same_again() -> None:
    owner = Owner("nimbus-agent /" + "ü" * 300)
    assert len(owner.mark.encode()) <= 255
    assert Owner("nimbus-agent /" + "ü" * 300).mark == owner.mark


def test_keys_are_not_shown() -> None:
    assert OURS not in repr(Owner(MARK, (OURS,)))
