"""What the kernel's WireGuard is told and says (linux/wireguard.h), in pyroute2's messages. No I/O.

One part is read without the library: the peers of a device. pyroute2 makes an object for each attribute, which
takes 85 ms for 1,000 peers, and the agent and the control plane look at their device every few seconds; walking
the bytes takes 8.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from nimbus.wireguard.addresses import join_endpoint
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.keys import KEY_BYTES, key_digest, key_text
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.netlink import core, wireguard
from nimbus.wireguard.plan import PeerChange, Plan

NO_KEY = key_text(bytes(KEY_BYTES))
_NO_KEY = bytes(KEY_BYTES)
# An attribute's length has 16 bits and all peers of a message are one attribute.
_PEERS_BYTES = 60 * 1024
_PEER_BYTES = 128
_NETWORK_BYTES = 40
_NETWORKS_PER_PIECE = 512
_REMEMBERED = 16384

_U16 = struct.Struct("=H")
_TIMESPEC = struct.Struct("=qq")
_NO_TIME = bytes(_TIMESPEC.size)
_unpack_attribute = struct.Struct("=HH").unpack_from
_TYPE_MASK = 0x3FFF
_PUBLIC_KEY, _PRESHARED_KEY, _ENDPOINT, _KEEPALIVE = 1, 2, 4, 5
_LAST_HANDSHAKE, _RX_BYTES, _TX_BYTES, _ALLOWED_IPS = 6, 7, 8, 9
_FAMILY, _ADDRESS, _LENGTH = 1, 2, 3


class DeviceState(core.genlmsg):  # type: ignore[misc]
    """A device as the kernel reports it: keys and peers as they are, in bytes."""

    prefix = "WGDEVICE_A_"
    nla_map = (
        ("WGDEVICE_A_UNSPEC", "none"),
        ("WGDEVICE_A_IFINDEX", "uint32"),
        ("WGDEVICE_A_IFNAME", "asciiz"),
        ("WGDEVICE_A_PRIVATE_KEY", "cdata"),
        ("WGDEVICE_A_PUBLIC_KEY", "cdata"),
        ("WGDEVICE_A_FLAGS", "uint32"),
        ("WGDEVICE_A_LISTEN_PORT", "uint16"),
        ("WGDEVICE_A_FWMARK", "uint32"),
        ("WGDEVICE_A_PEERS", "cdata"),
    )


def request_state(name: str) -> Any:
    """Asks for the whole state of an interface (to be sent as a dump)."""
    return _message(wireguard.WG_CMD_GET_DEVICE, name)


def settings(name: str, plan: Plan, want: Interface) -> Iterator[Any]:
    """The messages that do the WireGuard part of `plan`, in order."""
    first: list[tuple[str, Any]] = []
    if plan.set_private_key:
        first.append(("WGDEVICE_A_PRIVATE_KEY", want.private_key))
    if plan.listen_port is not None:
        first.append(("WGDEVICE_A_LISTEN_PORT", plan.listen_port))
    if first:
        yield _message(wireguard.WG_CMD_SET_DEVICE, name, *first)
    pieces: list[Any] = []
    size = 0
    for peer, networks in _peers(plan.peers):
        length = _PEER_BYTES + _NETWORK_BYTES * networks
        if size + length > _PEERS_BYTES:
            yield _message(wireguard.WG_CMD_SET_DEVICE, name, ("WGDEVICE_A_PEERS", pieces))
            pieces, size = [], 0
        pieces.append(peer)
        size += length
    if pieces:
        yield _message(wireguard.WG_CMD_SET_DEVICE, name, ("WGDEVICE_A_PEERS", pieces))


def _message(command: int, name: str, *attributes: tuple[str, Any]) -> Any:
    message = wireguard.wgmsg()
    message.update(cmd=command, version=wireguard.WG_GENL_VERSION)
    message["attrs"] = [("WGDEVICE_A_IFNAME", name), *attributes]
    return message


def _peers(changes: Iterable[PeerChange]) -> Iterator[tuple[Any, int]]:
    """Each change as a peer of a message, and its number of networks; one with very many is continued."""
    for change in changes:
        flags = wireguard.WGPEER_F_REMOVE_ME if change.remove else 0
        flags |= wireguard.WGPEER_F_REPLACE_ALLOWEDIPS if change.replace_allowed_ips else 0
        flags |= wireguard.WGPEER_F_UPDATE_ONLY if change.existing else 0
        attributes: list[tuple[str, Any]] = [("WGPEER_A_FLAGS", flags)] if flags else []
        if change.preshared_key is not None:
            attributes.append(("WGPEER_A_PRESHARED_KEY", change.preshared_key or NO_KEY))
        if change.endpoint is not None:
            address, _, port = change.endpoint.rpartition(":")
            endpoint = {"addr": address.strip("[]"), "port": int(port)}
            attributes.append(("WGPEER_A_ENDPOINT", endpoint))
        if change.persistent_keepalive is not None:
            attributes.append(("WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL", change.persistent_keepalive))
        yield _peer(change.public_key, attributes, change.allowed_ips[:_NETWORKS_PER_PIECE])
        for start in range(_NETWORKS_PER_PIECE, len(change.allowed_ips), _NETWORKS_PER_PIECE):
            more = change.allowed_ips[start : start + _NETWORKS_PER_PIECE]
            yield _peer(change.public_key, [("WGPEER_A_FLAGS", wireguard.WGPEER_F_UPDATE_ONLY)], more)


def _peer(public_key: str, attributes: list[tuple[str, Any]], networks: tuple[str, ...]) -> tuple[Any, int]:
    allowed = [("WGPEER_A_ALLOWEDIPS", [_network(each) for each in networks])] if networks else []
    return {"attrs": [("WGPEER_A_PUBLIC_KEY", public_key), *attributes, *allowed]}, len(networks)


def _network(cidr: str) -> Any:
    # Networks and endpoints of a plan come from a Peer, which has checked and normalised them.
    address, _, length = cidr.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return {
        "attrs": [
            ("WGALLOWEDIP_A_FAMILY", family),
            ("WGALLOWEDIP_A_IPADDR", socket.inet_pton(family, address)),
            ("WGALLOWEDIP_A_CIDR_MASK", int(length)),
        ]
    }


def state_of(name: str, answers: Iterable[Any]) -> InterfaceState:
    """The WireGuard part of the state from the `DeviceState`s of a dump; the link's part keeps its defaults.

    A long list of peers comes in several messages; a peer whose networks did not fit goes on in the next.
    Raises DeviceError for what is not of the format.
    """
    private = public = _NO_KEY
    port = 0
    peers: dict[str, PeerState] = {}
    try:
        for answer in answers:
            private = answer.get_attr("WGDEVICE_A_PRIVATE_KEY", private)
            public = answer.get_attr("WGDEVICE_A_PUBLIC_KEY", public)
            port = answer.get_attr("WGDEVICE_A_LISTEN_PORT", port)
            _add_peers(peers, answer.get_attr("WGDEVICE_A_PEERS", b""))
        return InterfaceState(
            name=name,
            exists=True,
            public_key=None if public == _NO_KEY else key_text(public),
            private_key_digest="" if private == _NO_KEY else key_digest(private),
            listen_port=port,
            peers=peers,
        )
    except (struct.error, LookupError, ValueError) as error:
        raise DeviceError(
            "The kernel reported a WireGuard device in a form that is not understood"
        ) from error


def _add_peers(peers: dict[str, PeerState], data: bytes) -> None:
    for _, peer_data in _attributes(data):
        peer = _decode_peer(peer_data)
        before = peers.get(peer.public_key)
        if before is not None:
            networks = tuple(sorted(before.allowed_ips + peer.allowed_ips))
            peer = msgspec.structs.replace(before, allowed_ips=networks)
        peers[peer.public_key] = peer


def _decode_peer(data: bytes) -> PeerState:
    values = dict(_attributes(data))
    preshared = values.get(_PRESHARED_KEY, _NO_KEY)
    seconds, nanoseconds = _TIMESPEC.unpack(values.get(_LAST_HANDSHAKE, _NO_TIME))
    endpoint = values.get(_ENDPOINT)
    return PeerState(
        public_key=key_text(values[_PUBLIC_KEY]),
        allowed_ips=_decode_networks(values.get(_ALLOWED_IPS, b"")),
        endpoint=None if endpoint is None else _decode_endpoint(endpoint),
        persistent_keepalive=int.from_bytes(values.get(_KEEPALIVE, b""), sys.byteorder),
        last_handshake=seconds + nanoseconds / 1e9 if seconds or nanoseconds else None,
        rx_bytes=int.from_bytes(values.get(_RX_BYTES, b""), sys.byteorder),
        tx_bytes=int.from_bytes(values.get(_TX_BYTES, b""), sys.byteorder),
        preshared_digest="" if preshared == _NO_KEY else key_digest(preshared),
    )


# Networks and endpoints of nearly all peers are those of the last look.
@lru_cache(maxsize=_REMEMBERED)
def _decode_networks(data: bytes) -> tuple[str, ...]:
    networks = []
    for _, entry in _attributes(data):
        values = dict(_attributes(entry))
        (family,) = _U16.unpack(values[_FAMILY])
        networks.append(f"{socket.inet_ntop(family, values[_ADDRESS])}/{values[_LENGTH][0]}")
    return tuple(sorted(networks))


@lru_cache(maxsize=_REMEMBERED)
def _decode_endpoint(raw: bytes) -> str:
    (family,) = _U16.unpack_from(raw)
    address = raw[4:8] if family == socket.AF_INET else raw[8:24]
    return join_endpoint(socket.inet_ntop(family, address), int.from_bytes(raw[2:4], "big"))


def _attributes(data: bytes) -> list[tuple[int, bytes]]:
    """The netlink attributes in `data`: type without its flag bits, and value."""
    attributes = []
    start, end = 0, len(data)
    while start + 4 <= end:
        length, kind = _unpack_attribute(data, start)
        if length < 4 or start + length > end:
            raise ValueError("a netlink attribute does not fit its message")
        attributes.append((kind & _TYPE_MASK, data[start + 4 : start + length]))
        start += (length + 3) & ~3
    return attributes
