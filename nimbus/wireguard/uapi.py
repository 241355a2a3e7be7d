"""The text protocol of userspace WireGuard: https://www.wireguard.com/xplatform/#configuration-protocol.

Bytes in, records out, no I/O. Keys are hexadecimal here and base64 everywhere else. What a program answers
is checked strictly; only keys that this version of the protocol does not name are passed over, because
programs may add some.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.keys import key_bytes, key_digest
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.plan import PeerChange, Plan

GET = b"get=1\n\n"
END = b"\n\n"

_NO_KEY = "0" * 64
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,20}", re.ASCII)


class UapiError(DeviceError):
    """The answer is not of the protocol."""

    code = "MESH_UAPI"


def encode_set(plan: Plan, want: Interface) -> bytes:
    """One `set` operation with the WireGuard part of `plan` (not the link's part)."""
    lines = ["set=1"]
    if plan.set_private_key:
        lines.append(f"private_key={key_bytes(want.private_key).hex()}")
    if plan.listen_port is not None:
        lines.append(f"listen_port={plan.listen_port}")
    for change in plan.peers:
        lines.append(f"public_key={key_bytes(change.public_key).hex()}")
        lines.extend(_peer_lines(change))
    return "\n".join(lines).encode("ascii") + END


def _peer_lines(change: PeerChange) -> Iterator[str]:
    if change.remove:
        yield "remove=true"
        return
    if change.existing:
        yield "update_only=true"
    if change.preshared_key is not None:
        psk = change.preshared_key
        yield f"preshared_key={key_bytes(psk).hex() if psk else _NO_KEY}"
    if change.endpoint is not None:
        yield f"endpoint={change.endpoint}"
    if change.persistent_keepalive is not None:
        yield f"persistent_keepalive_interval={change.persistent_keepalive}"
    if change.replace_allowed_ips:
        yield "replace_allowed_ips=true"
    for network in change.allowed_ips:
        yield f"allowed_ip={network}"


def decode_status(answer: bytes) -> int:
    """The error number in the answer to `set`: 0 is success. Programs write it with or without a minus."""
    number = None
    for key, value in _pairs(answer):
        if key == "errno":
            number = _integer(key, value)
    if number is None:
        raise UapiError("The WireGuard program's answer has no errno")
    return abs(number)


def decode_get(name: str, answer: bytes) -> InterfaceState:
    """The WireGuard part of the state in the answer to `get`; the link's part keeps its defaults.

    Raises UapiError when the answer is malformed or reports an error.
    """
    device: dict[str, str] = {}
    peers: dict[str, PeerState] = {}
    fields: dict[str, str] | None = None
    networks: list[str] = []
    status = None
    for key, value in _pairs(answer):
        if key == "public_key":
            if fields is not None:
                _add_peer(peers, fields, networks)
            fields, networks = {key: value}, []
        elif key == "errno":
            status = _integer(key, value)
        elif fields is None:
            device[key] = value
        elif key == "allowed_ip":
            networks.append(value)
        else:
            fields[key] = value
    if fields is not None:
        _add_peer(peers, fields, networks)
    if status != 0:
        raise UapiError(f"The WireGuard program cannot be read: errno {status}", errno=abs(status or 0))
    private = device.get("private_key", _NO_KEY)
    return InterfaceState(
        name=name,
        exists=True,
        private_key_digest="" if private == _NO_KEY else key_digest(_raw_key("private_key", private)),
        listen_port=_integer("listen_port", device.get("listen_port", "0")),
        peers=peers,
    )


def _add_peer(peers: dict[str, PeerState], fields: dict[str, str], networks: list[str]) -> None:
    raw = _raw_key("public_key", fields["public_key"])
    public_key = binascii.b2a_base64(raw, newline=False).decode("ascii")
    if public_key in peers:
        raise UapiError(f"The WireGuard program reports the peer {public_key} twice")
    preshared = fields.get("preshared_key", _NO_KEY)
    seconds = _integer("last_handshake_time_sec", fields.get("last_handshake_time_sec", "0"))
    nanoseconds = _integer("last_handshake_time_nsec", fields.get("last_handshake_time_nsec", "0"))
    networks.sort()
    peers[public_key] = PeerState(
        public_key=public_key,
        allowed_ips=tuple(networks),
        endpoint=fields.get("endpoint"),
        persistent_keepalive=_integer("keepalive", fields.get("persistent_keepalive_interval", "0")),
        last_handshake=seconds + nanoseconds / 1e9 if seconds or nanoseconds else None,
        rx_bytes=_integer("rx_bytes", fields.get("rx_bytes", "0")),
        tx_bytes=_integer("tx_bytes", fields.get("tx_bytes", "0")),
        preshared_digest="" if preshared == _NO_KEY else key_digest(_raw_key("preshared_key", preshared)),
    )


def _pairs(answer: bytes) -> Iterator[tuple[str, str]]:
    if not answer.endswith(END):
        raise UapiError("The WireGuard program's answer is cut short")
    try:
        text = answer[: -len(END)].decode("ascii")
    except UnicodeDecodeError as error:
        raise UapiError("The WireGuard program's answer is not ASCII") from error
    for line in text.split("\n"):
        key, equals, value = line.partition("=")
        if not equals or not key:
            # A line that is not understood may hold a key: it is not repeated.
            raise UapiError("The WireGuard program's answer has a line that is not KEY=VALUE")
        yield key, value


def _raw_key(field: str, text: str) -> bytes:
    if _HEX_KEY.fullmatch(text) is None:
        raise UapiError(f"The WireGuard program's {field} is not a key in hexadecimal")
    return bytes.fromhex(text)


def _integer(field: str, text: str) -> int:
    if text == "0":
        return 0
    if _INTEGER.fullmatch(text) is None:
        raise UapiError(f"The WireGuard program's {field} is not a number")
    return int(text)
