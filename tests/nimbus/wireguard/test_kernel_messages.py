"""The kernel's messages, against pyroute2's independent codec of the same format, and hostile ones."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.wireguard import kernel_messages
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.keys import key_bytes, key_digest, key_text
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.netlink import attribute, attributes, nested
from nimbus.wireguard.plan import PeerChange, Plan

wireguard = pytest.importorskip("pyroute2.netlink.generic.wireguard")

PRIVATE = key_text(bytes([200]) * 32)
KEY = key_text(bytes([1]) * 32)
PSK = key_text(bytes([9]) * 32)
WANT = Interface(name="wg0", private_key=PRIVATE)


def decoded(body: bytes) -> dict[str, Any]:
    """A message body as pyroute2 understands it."""
    message = wireguard.wgmsg(struct.pack("=IHHII", 16 + len(body), 30, 5, 1, 0) + body)
    message.decode()
    assert (message["cmd"], message["version"]) == (kernel_messages.SET_DEVICE, 1)
    return {name.removeprefix("WGDEVICE_A_"): value for name, value in message["attrs"]}


def peers_of(body: bytes) -> list[dict[str, Any]]:
    return [
        {name.removeprefix("WGPEER_A_"): value for name, value in peer["attrs"]}
        for peer in decoded(body)["PEERS"]
    ]


def key_of(value: Any) -> bytes:
    """pyroute2 gives a key as base64 bytes."""
    return key_bytes(value.decode())


def test_device_settings() -> None:
    todo = Plan(set_private_key=True, listen_port=51820, mtu=1280)
    (body,) = kernel_messages.encode_set("wg0", todo, WANT)
    said = decoded(body)
    assert said["IFNAME"] == "wg0"
    assert said["LISTEN_PORT"] == 51820
    assert key_of(said["PRIVATE_KEY"]) == key_bytes(PRIVATE)
    assert "PEERS" not in said


def test_nothing_for_wireguard_is_no_message() -> None:
    assert list(kernel_messages.encode_set("wg0", Plan(mtu=1280, up=True), WANT)) == []


@pytest.mark.parametrize(
    ("endpoint", "address"), [("192.0.2.1:5", "192.0.2.1"), ("[2001:db8::1]:5", "2001:db8::1")]
)
def test_peers(endpoint: str, address: str) -> None:
    todo = Plan(
        peers=(
            PeerChange(public_key=KEY, remove=True),
            PeerChange(
                public_key=PSK,
                existing=True,
                endpoint=endpoint,
                persistent_keepalive=25,
                preshared_key=PSK,
                replace_allowed_ips=True,
                allowed_ips=("10.0.0.0/8", "fd00::/64"),
            ),
            PeerChange(public_key=PRIVATE, preshared_key=""),
        )
    )
    (body,) = kernel_messages.encode_set("wg0", todo, WANT)
    gone, changed, cleared = peers_of(body)
    assert (key_of(gone["PUBLIC_KEY"]), gone["FLAGS"]) == (key_bytes(KEY), wireguard.WGPEER_F_REMOVE_ME)
    assert changed["FLAGS"] == wireguard.WGPEER_F_REPLACE_ALLOWEDIPS | wireguard.WGPEER_F_UPDATE_ONLY
    assert (changed["ENDPOINT"]["addr"], changed["ENDPOINT"]["port"]) == (address, 5)
    assert changed["PERSISTENT_KEEPALIVE_INTERVAL"] == 25
    assert key_of(changed["PRESHARED_KEY"]) == key_bytes(PSK)
    assert [each["addr"] for each in changed["ALLOWEDIPS"]] == ["10.0.0.0/8", "fd00::/64"]
    assert key_of(cleared["PRESHARED_KEY"]) == bytes(32)
    assert "FLAGS" not in cleared


def test_many_peers_become_several_messages_in_order() -> None:
    keys = [key_text(number.to_bytes(32, "big")) for number in range(1, 1001)]
    todo = Plan(
        set_private_key=True, peers=tuple(PeerChange(public_key=k, allowed_ips=("10.0.0.0/8",)) for k in keys)
    )
    bodies = list(kernel_messages.encode_set("wg0", todo, WANT))
    assert len(bodies) > 2
    assert all(len(body) < 0xFFFF for body in bodies)
    told = [key_of(peer["PUBLIC_KEY"]) for body in bodies[1:] for peer in peers_of(body)]
    assert told == [key_bytes(key) for key in keys]


def test_one_peer_with_many_networks_is_continued_without_forgetting_the_first() -> None:
    networks = tuple(f"10.{number >> 8}.{number & 255}.0/24" for number in range(3000))
    change = PeerChange(public_key=KEY, replace_allowed_ips=True, allowed_ips=networks)
    bodies = list(kernel_messages.encode_set("wg0", Plan(peers=(change,)), WANT))
    peers = [peer for body in bodies for peer in peers_of(body)]
    assert [each["addr"] for peer in peers for each in peer["ALLOWEDIPS"]] == list(networks)
    assert peers[0]["FLAGS"] == wireguard.WGPEER_F_REPLACE_ALLOWEDIPS
    assert {peer["FLAGS"] for peer in peers[1:]} == {wireguard.WGPEER_F_UPDATE_ONLY}


NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "fd00::/64", "0.0.0.0/0", "::/0"]
KEYS = st.binary(min_size=32, max_size=32).filter(any).map(key_text)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        KEYS,
        st.tuples(
            st.sampled_from([None, "192.0.2.1:1", "[2001:db8::1]:65535"]),
            st.integers(0, 65535),
            st.one_of(st.none(), KEYS),
            st.lists(st.sampled_from(NETWORKS), unique=True),
        ),
        max_size=5,
    )
)
def test_what_is_set_is_what_is_read(peers: dict[str, Any]) -> None:
    """The kernel reports peers in the form in which they are set."""
    todo = Plan(
        set_private_key=True,
        listen_port=7,
        peers=tuple(
            PeerChange(
                public_key=key,
                endpoint=endpoint,
                persistent_keepalive=keepalive,
                preshared_key=psk,
                allowed_ips=tuple(networks),
            )
            for key, (endpoint, keepalive, psk, networks) in peers.items()
        ),
    )
    state = kernel_messages.decode_get("wg0", kernel_messages.encode_set("wg0", todo, WANT))
    assert state == InterfaceState(
        name="wg0",
        exists=True,
        private_key_digest=key_digest(key_bytes(PRIVATE)),
        listen_port=7,
        peers={
            key: PeerState(
                public_key=key,
                allowed_ips=tuple(sorted(networks)),
                endpoint=endpoint,
                persistent_keepalive=keepalive,
                preshared_digest=key_digest(key_bytes(psk)) if psk else "",
            )
            for key, (endpoint, keepalive, psk, networks) in peers.items()
        },
    )


def test_a_peer_that_goes_on_in_the_next_message_is_one_peer() -> None:
    def message(*networks: str, rx: int | None = None) -> bytes:
        parts = [attribute(1, key_bytes(KEY)), kernel_messages._pack_networks(networks)]
        if rx is not None:
            parts.append(attribute(7, struct.pack("=Q", rx)))
        return kernel_messages.header(0) + nested(8, nested(0, *parts))

    state = kernel_messages.decode_get("wg0", [message("10.2.0.0/16", rx=5), message("10.1.0.0/16")])
    (peer,) = state.peers.values()
    assert (peer.allowed_ips, peer.rx_bytes) == (("10.1.0.0/16", "10.2.0.0/16"), 5)


@pytest.mark.parametrize("kind", ["0000", "0080"])
def test_a_network_as_linux_6_1_reports_it(kind: str) -> None:
    reported = bytes.fromhex(f"1c00{kind}08000300200000000600010002000000080002000a4003e7")
    parts = (attribute(1, key_bytes(KEY)), nested(9, reported))
    body = kernel_messages.header(0) + nested(8, nested(0, *parts))
    (peer,) = kernel_messages.decode_get("wg0", [body]).peers.values()
    assert peer.allowed_ips == ("10.64.3.231/32",)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.binary(max_size=40)), max_size=6))
def test_any_attributes_of_a_peer_give_a_state_or_an_error(pairs: list[tuple[int, bytes]]) -> None:
    parts = [attribute(1, key_bytes(KEY)), *(attribute(kind, value) for kind, value in pairs)]
    body = kernel_messages.header(0) + nested(8, nested(0, *parts))
    try:
        kernel_messages.decode_get("wg0", [body])
    except DeviceError:
        return


def test_a_handshake_time() -> None:
    parts = (attribute(1, key_bytes(KEY)), attribute(6, struct.pack("=qq", 1_700_000_000, 500_000_000)))
    body = kernel_messages.header(0) + nested(8, nested(0, *parts))
    (peer,) = kernel_messages.decode_get("wg0", [body]).peers.values()
    assert peer.last_handshake == 1_700_000_000.5


@pytest.mark.parametrize(
    "body",
    [
        b"\0\1\0\0" + b"\3\0\1\0",  # shorter than its own header
        b"\0\1\0\0" + b"\x20\0\1\0abc",  # longer than the message
        b"\0\1\0\0" + nested(8, nested(0, attribute(2, bytes(32)))),  # a peer without a key
        b"\0\1\0\0" + nested(8, nested(0, attribute(1, bytes(31)))),
    ],
)
def test_malformed_messages_are_refused(body: bytes) -> None:
    with pytest.raises(DeviceError):
        kernel_messages.decode_get("wg0", [body])


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=70)), max_size=10))
def test_attributes_survive_the_round_trip(pairs: list[tuple[int, bytes]]) -> None:
    data = b"".join(attribute(kind, value) for kind, value in pairs)
    assert len(data) % 4 == 0
    assert list(attributes(data)) == pairs


@given(st.binary(max_size=200))
def test_any_bytes_give_attributes_or_an_error(data: bytes) -> None:
    try:
        total = sum(len(value) + 4 for _, value in attributes(data))
    except DeviceError:
        return
    assert total <= len(data)
