"""What the kernel's WireGuard is told and says: settings as the library decodes them, states from bytes."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.wireguard import kernel_messages
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.kernel_messages import DeviceState
from nimbus.wireguard.keys import key_bytes, key_digest, key_text
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.netlink import wireguard
from nimbus.wireguard.plan import PeerChange, Plan

PRIVATE = key_text(bytes([200]) * 32)
KEY = key_text(bytes([1]) * 32)
PSK = key_text(bytes([9]) * 32)
WANT = Interface(name="wg0", private_key=PRIVATE)


def encoded(todo: Plan) -> list[bytes]:
    """The messages that do a plan, without the netlink header and the length of the last padding."""
    return [bytes(message.data) for message in sent(todo)]


def sent(todo: Plan) -> list[Any]:
    messages = list(kernel_messages.settings("wg0", todo, WANT))
    for message in messages:
        message.encode()
    return messages


def decoded(data: bytes) -> dict[str, Any]:
    message = wireguard.wgmsg(data)
    message.decode()
    assert (message["cmd"], message["version"]) == (wireguard.WG_CMD_SET_DEVICE, 1)
    return {name.removeprefix("WGDEVICE_A_"): value for name, value in message["attrs"]}


def peers_of(data: bytes) -> list[dict[str, Any]]:
    return [
        {name.removeprefix("WGPEER_A_"): value for name, value in peer["attrs"]}
        for peer in decoded(data)["PEERS"]
    ]


def key_of(value: Any) -> bytes:
    """pyroute2 gives a key as base64 bytes."""
    return key_bytes(value.decode())


def test_device_settings() -> None:
    todo = Plan(set_private_key=True, listen_port=51820, mtu=1280)
    (body,) = encoded(todo)
    said = decoded(body)
    assert said["IFNAME"] == "wg0"
    assert said["LISTEN_PORT"] == 51820
    assert key_of(said["PRIVATE_KEY"]) == key_bytes(PRIVATE)
    assert "PEERS" not in said


def test_nothing_for_wireguard_is_no_message() -> None:
    assert encoded(Plan(mtu=1280, up=True)) == []


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
    (body,) = encoded(todo)
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
    bodies = encoded(todo)
    assert len(bodies) > 2
    assert all(len(body) < 0xFFFF for body in bodies)
    told = [key_of(peer["PUBLIC_KEY"]) for body in bodies[1:] for peer in peers_of(body)]
    assert told == [key_bytes(key) for key in keys]


def test_one_peer_with_many_networks_is_continued_without_forgetting_the_first() -> None:
    networks = tuple(f"10.{number >> 8}.{number & 255}.0/24" for number in range(3000))
    change = PeerChange(public_key=KEY, replace_allowed_ips=True, allowed_ips=networks)
    bodies = encoded(Plan(peers=(change,)))
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
    state = read(*encoded(todo))
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


def attribute(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) & 3)


def network(address: bytes, length: int, nested: int = 0) -> bytes:
    family = 2 if len(address) == 4 else 10
    parts = attribute(1, struct.pack("=H", family)) + attribute(2, address) + attribute(3, bytes([length]))
    return attribute(nested, parts)


def peer(*attributes: bytes) -> bytes:
    return attribute(0x8000, b"".join(attributes))


def message(*peers: bytes) -> bytes:
    """A whole message of a dump, as the kernel sends it."""
    body = bytes(4) + attribute(0x8008, b"".join(peers))
    return struct.pack("=IHHII", 16 + len(body), 30, 2, 1, 0) + body


def read(*messages: bytes) -> InterfaceState:
    answers = [DeviceState(each) for each in messages]
    for answer in answers:
        answer.decode()
    return kernel_messages.state_of("wg0", answers)


PUBLIC_KEY = attribute(1, key_bytes(KEY))


def test_a_peer_that_goes_on_in_the_next_message_is_one_peer() -> None:
    first = peer(PUBLIC_KEY, attribute(7, struct.pack("=Q", 5)), attribute(9, network(b"\x0a\2\0\0", 16)))
    (state,) = read(
        message(first), message(peer(PUBLIC_KEY, attribute(9, network(b"\x0a\1\0\0", 16))))
    ).peers.values()
    assert (state.allowed_ips, state.rx_bytes) == (("10.1.0.0/16", "10.2.0.0/16"), 5)


@pytest.mark.parametrize("kind", ["0000", "0080"])
def test_a_network_as_linux_6_1_reports_it(kind: str) -> None:
    reported = bytes.fromhex(f"1c00{kind}08000300200000000600010002000000080002000a4003e7")
    (state,) = read(message(peer(PUBLIC_KEY, attribute(0x8009, reported)))).peers.values()
    assert state.allowed_ips == ("10.64.3.231/32",)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.binary(max_size=40)), max_size=6))
def test_any_attributes_of_a_peer_give_a_state_or_an_error(pairs: list[tuple[int, bytes]]) -> None:
    try:
        read(message(peer(PUBLIC_KEY, *(attribute(kind, value) for kind, value in pairs))))
    except DeviceError:
        return


@given(st.binary(max_size=200))
def test_any_bytes_as_peers_give_a_state_or_an_error(data: bytes) -> None:
    try:
        read(message(data))
    except DeviceError:
        return


def test_a_handshake_time() -> None:
    (state,) = read(
        message(peer(PUBLIC_KEY, attribute(6, struct.pack("=qq", 1_700_000_000, 500_000_000))))
    ).peers.values()
    assert state.last_handshake == 1_700_000_000.5


@pytest.mark.parametrize(
    "peers",
    [
        b"\3\0\1\0",  # shorter than its own header
        b"\x20\0\1\0abc",  # longer than the message
        peer(attribute(2, bytes(32))),  # without a key
        peer(attribute(1, bytes(31))),
        peer(PUBLIC_KEY, attribute(9, attribute(0, attribute(1, b"\2\0")))),  # a network without an address
    ],
)
def test_malformed_peers_are_refused(peers: bytes) -> None:
    with pytest.raises(DeviceError, match="not understood"):
        read(message(peers))
