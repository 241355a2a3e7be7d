"""Generic netlink messages of the kernel's WireGuard (linux/wireguard.h). Bytes and records, no I/O."""

from __future__ import annotations

import binascii
import socket
import struct
import sys
from collections.abc import Iterable, Iterator

import msgspec

from nimbus.wireguard.addresses import join_endpoint
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.keys import KEY_BYTES, key_bytes, key_digest, key_text
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.netlink import NLA_F_NESTED, attribute, attributes, nested
from nimbus.wireguard.plan import PeerChange, Plan

FAMILY = "wireguard"
GET_DEVICE, SET_DEVICE = 0, 1
_VERSION = 1

_DEVICE_IFNAME, _DEVICE_PRIVATE_KEY, _DEVICE_PUBLIC_KEY = 2, 3, 4
_DEVICE_LISTEN_PORT, _DEVICE_PEERS = 6, 8
_PEER_PUBLIC_KEY, _PEER_PRESHARED_KEY, _PEER_FLAGS, _PEER_ENDPOINT = 1, 2, 3, 4
_PEER_KEEPALIVE, _PEER_LAST_HANDSHAKE, _PEER_RX_BYTES, _PEER_TX_BYTES, _PEER_ALLOWED_IPS = 5, 6, 7, 8, 9
_ALLOWED_FAMILY, _ALLOWED_ADDRESS, _ALLOWED_LENGTH = 1, 2, 3
_REMOVE_ME, _REPLACE_ALLOWED_IPS, _UPDATE_ONLY = 1, 2, 4

_GENERIC_HEADER = struct.Struct("=BBH")
_U16 = struct.Struct("=H")
_U32 = struct.Struct("=I")
_TIMESPEC = struct.Struct("=qq")
_NO_TIME = bytes(_TIMESPEC.size)
_KEY_ATTRIBUTE = struct.Struct("=HH32s")
# A whole allowed network: its own header, then family, address and length, each with header and padding.
_ALLOWED_V4 = struct.Struct("=HHHHHxxHH4sHHBxxx")
_ALLOWED_V6 = struct.Struct("=HHHHHxxHH16sHHBxxx")
_HEAD_V4 = (_ALLOWED_V4.size, NLA_F_NESTED, 6, _ALLOWED_FAMILY, socket.AF_INET, 8, _ALLOWED_ADDRESS)
_HEAD_V6 = (_ALLOWED_V6.size, NLA_F_NESTED, 6, _ALLOWED_FAMILY, socket.AF_INET6, 20, _ALLOWED_ADDRESS)
_LENGTH_HEAD = (5, _ALLOWED_LENGTH)
# The same as the kernel reports it: length, family, address.
_REPORTED_V4 = struct.Struct("=HHHHBxxxHHHxxHH4s")
_REPORTED_V4_HEADS = [
    *(_REPORTED_V4.size, 0, 5, _ALLOWED_LENGTH),
    *(6, _ALLOWED_FAMILY, socket.AF_INET, 8, _ALLOWED_ADDRESS),
]
_ENDPOINT_V4 = struct.Struct("=HBB4s8x")
_ENDPOINT_V6 = struct.Struct("=HBB4x16s4x")
_NETWORK_ATTRIBUTES = frozenset({_ALLOWED_FAMILY, _ALLOWED_ADDRESS, _ALLOWED_LENGTH})
_NO_KEY = bytes(KEY_BYTES)
# An attribute's length has 16 bits and all peers of a message are one attribute.
_PEERS_BYTES = 32 * 1024
_NETWORKS_PER_PIECE = 512


def header(command: int) -> bytes:
    """The generic netlink header of a WireGuard message."""
    return _GENERIC_HEADER.pack(command, _VERSION, 0)


def encode_get(name: str) -> bytes:
    """The body of a request for the whole state of an interface (to be sent as a dump)."""
    return header(GET_DEVICE) + attribute(_DEVICE_IFNAME, name.encode() + b"\0")


def encode_set(name: str, plan: Plan, want: Interface) -> Iterator[bytes]:
    """The bodies of the requests that do the WireGuard part of `plan`, in order."""
    start = header(SET_DEVICE) + attribute(_DEVICE_IFNAME, name.encode() + b"\0")
    first = start
    if plan.set_private_key:
        first += attribute(_DEVICE_PRIVATE_KEY, key_bytes(want.private_key))
    if plan.listen_port is not None:
        first += attribute(_DEVICE_LISTEN_PORT, _U16.pack(plan.listen_port))
    if first != start:
        yield first
    pieces: list[bytes] = []
    size = 0
    for piece in _peer_pieces(plan.peers):
        if size + len(piece) > _PEERS_BYTES:
            yield start + nested(_DEVICE_PEERS, *pieces)
            pieces, size = [], 0
        pieces.append(piece)
        size += len(piece)
    if pieces:
        yield start + nested(_DEVICE_PEERS, *pieces)


def _peer_pieces(changes: Iterable[PeerChange]) -> Iterator[bytes]:
    """One peer attribute for each change; one with very many networks is continued in further ones."""
    for change in changes:
        raw_key = binascii.a2b_base64(change.public_key)
        key = _KEY_ATTRIBUTE.pack(_KEY_ATTRIBUTE.size, _PEER_PUBLIC_KEY, raw_key)
        flags = _REMOVE_ME if change.remove else 0
        flags |= _REPLACE_ALLOWED_IPS if change.replace_allowed_ips else 0
        flags |= _UPDATE_ONLY if change.existing else 0
        parts = [key]
        if flags:
            parts.append(attribute(_PEER_FLAGS, _U32.pack(flags)))
        if change.preshared_key is not None:
            psk = change.preshared_key
            parts.append(attribute(_PEER_PRESHARED_KEY, key_bytes(psk) if psk else _NO_KEY))
        if change.endpoint is not None:
            parts.append(attribute(_PEER_ENDPOINT, _pack_endpoint(change.endpoint)))
        if change.persistent_keepalive is not None:
            parts.append(attribute(_PEER_KEEPALIVE, _U16.pack(change.persistent_keepalive)))
        networks = change.allowed_ips
        if networks:
            parts.append(_pack_networks(networks[:_NETWORKS_PER_PIECE]))
        yield nested(0, *parts)
        for begin in range(_NETWORKS_PER_PIECE, len(networks), _NETWORKS_PER_PIECE):
            flag = attribute(_PEER_FLAGS, _U32.pack(_UPDATE_ONLY))
            yield nested(0, key, flag, _pack_networks(networks[begin : begin + _NETWORKS_PER_PIECE]))


def _pack_networks(networks: Iterable[str]) -> bytes:
    return nested(_PEER_ALLOWED_IPS, *[_pack_network(each) for each in networks])


def _pack_network(network: str) -> bytes:
    # Networks and endpoints of a plan come from a Peer, which has checked and normalised them.
    address, _, length = network.partition("/")
    if ":" in address:
        raw = socket.inet_pton(socket.AF_INET6, address)
        return _ALLOWED_V6.pack(*_HEAD_V6, raw, *_LENGTH_HEAD, int(length))
    return _ALLOWED_V4.pack(*_HEAD_V4, socket.inet_aton(address), *_LENGTH_HEAD, int(length))


def _pack_endpoint(endpoint: str) -> bytes:
    address, _, port = endpoint.rpartition(":")
    if address.startswith("["):
        raw = socket.inet_pton(socket.AF_INET6, address[1:-1])
        return _ENDPOINT_V6.pack(socket.AF_INET6, *divmod(int(port), 256), raw)
    return _ENDPOINT_V4.pack(socket.AF_INET, *divmod(int(port), 256), socket.inet_aton(address))


def _unpack_endpoint(raw: bytes) -> str:
    (family,) = _U16.unpack_from(raw)
    (port,) = struct.unpack_from(">H", raw, 2)
    address = raw[4:8] if family == socket.AF_INET else raw[8:24]
    return join_endpoint(socket.inet_ntop(family, address), port)


def decode_get(name: str, bodies: Iterable[bytes]) -> InterfaceState:
    """The WireGuard part of the state from the messages of a dump; the link's part keeps its defaults.

    A long list of peers comes in several messages; a peer whose networks did not fit goes on in the next.
    Raises DeviceError for messages that are not of the format.
    """
    device: dict[int, bytes] = {}
    peers: dict[str, PeerState] = {}
    try:
        for body in bodies:
            for kind, value in attributes(body, _GENERIC_HEADER.size):
                if kind == _DEVICE_PEERS:
                    _add_peers(peers, value)
                else:
                    device.setdefault(kind, value)
        private = device.get(_DEVICE_PRIVATE_KEY, _NO_KEY)
        public = device.get(_DEVICE_PUBLIC_KEY, _NO_KEY)
        return InterfaceState(
            name=name,
            exists=True,
            public_key=None if public == _NO_KEY else key_text(public),
            private_key_digest="" if private == _NO_KEY else key_digest(private),
            listen_port=_U16.unpack(device.get(_DEVICE_LISTEN_PORT, b"\0\0"))[0],
            peers=peers,
        )
    except (struct.error, ValueError) as error:
        raise DeviceError(
            "The kernel reported a WireGuard device in a form that is not understood"
        ) from error


def _add_peers(peers: dict[str, PeerState], data: bytes) -> None:
    for _, peer_data in attributes(data):
        peer = _decode_peer(peer_data)
        before = peers.get(peer.public_key)
        if before is not None:
            networks = tuple(sorted(before.allowed_ips + peer.allowed_ips))
            peer = msgspec.structs.replace(before, allowed_ips=networks)
        peers[peer.public_key] = peer


def _decode_peer(data: bytes) -> PeerState:
    values = dict(attributes(data))
    raw = values.get(_PEER_PUBLIC_KEY, b"")
    if len(raw) != KEY_BYTES:
        raise DeviceError("The kernel reported a peer without a public key")
    preshared = values.get(_PEER_PRESHARED_KEY, _NO_KEY)
    seconds, nanoseconds = _TIMESPEC.unpack(values.get(_PEER_LAST_HANDSHAKE, _NO_TIME))
    endpoint = values.get(_PEER_ENDPOINT)
    return PeerState(
        public_key=binascii.b2a_base64(raw, newline=False).decode("ascii"),
        allowed_ips=_decode_networks(values.get(_PEER_ALLOWED_IPS, b"")),
        endpoint=None if endpoint is None else _unpack_endpoint(endpoint),
        persistent_keepalive=int.from_bytes(values.get(_PEER_KEEPALIVE, b""), sys.byteorder),
        last_handshake=seconds + nanoseconds / 1e9 if seconds or nanoseconds else None,
        rx_bytes=int.from_bytes(values.get(_PEER_RX_BYTES, b""), sys.byteorder),
        tx_bytes=int.from_bytes(values.get(_PEER_TX_BYTES, b""), sys.byteorder),
        preshared_digest="" if preshared == _NO_KEY else key_digest(preshared),
    )


def _decode_networks(data: bytes) -> tuple[str, ...]:
    found = []
    if len(data) == _REPORTED_V4.size:  # one IPv4 network, as every peer of a mesh has: all at once
        *heads, raw = _REPORTED_V4.unpack(data)
        length = heads.pop(4)
        heads[1] &= ~NLA_F_NESTED  # some kernels set it, some do not
        if heads == _REPORTED_V4_HEADS:
            return (f"{socket.inet_ntoa(raw)}/{length}",)
    for _, entry in attributes(data):
        values = dict(attributes(entry))
        if not values.keys() >= _NETWORK_ATTRIBUTES:
            raise DeviceError("The kernel reported an allowed network that is incomplete")
        (family,) = _U16.unpack(values[_ALLOWED_FAMILY])
        address = socket.inet_ntop(family, values[_ALLOWED_ADDRESS])
        found.append(f"{address}/{values[_ALLOWED_LENGTH][0]}")
    found.sort()
    return tuple(found)
