"""The records: normal spelling, limits, and no secret in their words."""

from __future__ import annotations

import msgspec
import pytest

from nimbus.wireguard.errors import InvalidWireGuard
from nimbus.wireguard.keys import key_text
from nimbus.wireguard.model import Interface, Peer

KEY = key_text(bytes([1]) * 32)
OTHER = key_text(bytes([2]) * 32)
SECRET = key_text(bytes([7]) * 32)


def test_a_peer_is_normalised() -> None:
    peer = Peer(
        public_key=KEY,
        allowed_ips=("FD00:0::1/64", "10.1.2.3/8", "10.0.0.0/8"),
        endpoint="[2001:DB8:0:0::1]:51820",
    )
    assert peer.allowed_ips == ("10.0.0.0/8", "fd00::/64")
    assert peer.endpoint == "[2001:db8::1]:51820"


def test_an_interface_is_normalised() -> None:
    interface = Interface(
        name="wg0",
        private_key=SECRET,
        addresses=("FD00::1/64", "10.106.103.1/24"),
        routes=("10.9.1.0/16", "10.9.0.0/16"),
    )
    assert interface.addresses == ("10.106.103.1/24", "fd00::1/64")
    assert interface.routes == ("10.9.0.0/16",)
    assert interface.mtu == 1420


@pytest.mark.parametrize(
    "change",
    [
        {"public_key": "nope"},
        {"allowed_ips": ("10.0.0.0",)},
        {"endpoint": "host.example:1"},
        {"persistent_keepalive": -1},
        {"persistent_keepalive": 65536},
        {"preshared_key": "short"},
    ],
)
def test_a_peer_that_wireguard_cannot_take(change: dict[str, object]) -> None:
    fields: dict[str, object] = {"public_key": KEY, "allowed_ips": ()}
    with pytest.raises(InvalidWireGuard):
        Peer(**(fields | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 16},
        {"private_key": "x"},
        {"listen_port": 65536},
        {"listen_port": -1},
        {"mtu": 575},
        {"mtu": 65536},
        {"addresses": ("10.0.0.1",)},
        {"routes": ("default",)},
        {"peers": {OTHER: Peer(public_key=KEY, allowed_ips=())}},
    ],
)
def test_an_interface_that_cannot_be(change: dict[str, object]) -> None:
    fields: dict[str, object] = {"name": "wg0", "private_key": SECRET}
    with pytest.raises(InvalidWireGuard):
        Interface(**(fields | change))  # type: ignore[arg-type]


def test_one_network_cannot_belong_to_two_peers() -> None:
    peers = {key: Peer(public_key=key, allowed_ips=("10.0.0.0/8",)) for key in (KEY, OTHER)}
    with pytest.raises(InvalidWireGuard, match="same allowed network"):
        Interface(name="wg0", private_key=SECRET, peers=peers)


def test_secrets_are_not_in_words() -> None:
    peer = Peer(public_key=KEY, allowed_ips=(), preshared_key=SECRET)
    interface = Interface(name="wg0", private_key=SECRET, peers={KEY: peer})
    for words in (repr(peer), repr(interface), str(interface), f"{peer}"):
        assert SECRET not in words
        assert KEY in words


def test_a_bad_secret_is_not_in_the_error() -> None:
    bad = SECRET[:-1]
    with pytest.raises(InvalidWireGuard) as caught:
        Interface(name="wg0", private_key=bad)
    assert bad not in caught.value.line()
    with pytest.raises(InvalidWireGuard) as caught:
        Peer(public_key=KEY, allowed_ips=(), preshared_key=bad)
    assert bad not in caught.value.line()


def test_msgspec_reports_bad_text_as_a_validation_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="Not a network"):
        msgspec.json.decode(b'{"public_key": "%s", "allowed_ips": ["10.0.0.0"]}' % KEY.encode(), type=Peer)
    good = Peer(public_key=KEY, allowed_ips=("10.0.0.0/8",), endpoint="192.0.2.1:5")
    assert msgspec.json.decode(msgspec.json.encode(good), type=Peer) == good
