"""The join token: what a machine needs to join, in one printable word.

`nimbus1_` + base64url(msgpack(JoinToken) + the first 6 bytes of its SHA-256). The checksum is there to tell a
token that was cut or mistyped from one that the control plane refuses; it is no protection: that is the
one-time secret, of which the control plane stores only the SHA-256.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec

from nimbus.protocol.errors import NimbusError

PREFIX = "nimbus1_"
CLAIM_PATH = "/v1/join/claim"
_CHECKSUM_BYTES = 6
_MAX_LENGTH = 16_384


class MeshInvitation(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to reach the control plane through WireGuard before the node has a key of its own there.

    `private_key` is the provisional one, `address` the overlay address with its prefix length, `peer_key` and
    `endpoint` (host:port, UDP) are the control plane's; `more_endpoints` are tried after it. `mtu` is the control
    plane's setting, 0: as the way is.
    """

    private_key: str
    address: str
    peer_key: str
    endpoint: str
    control_plane_address: str
    mtu: int = 0
    more_endpoints: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"MeshInvitation(address={self.address!r}, endpoint={self.endpoint!r})"


class JoinToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """The content of a token. `expires_at` is Unix seconds; `ca` is the CA certificate in DER; `api_port` and
    `api_hosts` say where to join over HTTPS when there is no mesh; `trust` are further DER certificates that
    the API listener may present (an operator's own `tls_cert`). With `proxy`, the URL of one that ends TLS, the
    machine joins through that and nothing else, and signs its requests; `proxy_pins` are then what makes the
    proxy's certificate valid, without them it is what the machine itself trusts. `node_id`: of the node that joins
    again with it, "" for a new one. `mtu` is of the mesh on this machine, 0: nothing is said. `more_api` are
    further base URLs of the API, as from where a port is forwarded. A `reusable` one is for several machines: each
    claims a token of its own with it (`CLAIM_PATH`), and joins with that."""

    secret: str
    expires_at: int
    ca: bytes
    api_port: int
    api_hosts: tuple[str, ...] = ()
    name: str = ""
    mesh: MeshInvitation | None = None
    trust: tuple[bytes, ...] = ()
    proxy: str = ""
    proxy_pins: tuple[str, ...] = ()
    node_id: str = ""
    mtu: int = 0
    more_api: tuple[str, ...] = ()
    reusable: bool = False

    @property
    def api_urls(self) -> tuple[str, ...]:
        """Base URLs of the API outside of the mesh."""
        hosts = (f"[{host}]" if ":" in host else host for host in self.api_hosts)
        own = (f"https://{host}:{self.api_port}" for host in hosts)
        return tuple(dict.fromkeys((*own, *self.more_api)))

    def __repr__(self) -> str:
        return f"JoinToken(name={self.name!r}, expires_at={self.expires_at})"


class TokenMalformed(NimbusError):
    """The word is not a token: cut short, mistyped or altered."""

    code = "TOKEN_MALFORMED"


def secret_hash(secret: str) -> str:
    """What the control plane stores of a one-time secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def encode_token(token: JoinToken) -> str:
    payload = msgspec.msgpack.encode(token)
    checksum = hashlib.sha256(payload).digest()[:_CHECKSUM_BYTES]
    return PREFIX + base64.urlsafe_b64encode(payload + checksum).decode().rstrip("=")


def decode_token(word: str) -> JoinToken:
    """Raises TokenMalformed, never anything else."""
    word = "".join(word.split())
    if not word.startswith(PREFIX):
        raise TokenMalformed(
            "this is not a join token", next_step=f"A token starts with {PREFIX}: copy the whole of it."
        )
    encoded = word[len(PREFIX) :]
    try:
        if len(word) > _MAX_LENGTH:
            raise ValueError
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(raw).decode().rstrip("=") != encoded:
            # Bits that carry nothing, padding, another alphabet: no token of ours is written like that.
            raise ValueError
        payload, checksum = raw[:-_CHECKSUM_BYTES], raw[-_CHECKSUM_BYTES:]
        if not hmac.compare_digest(hashlib.sha256(payload).digest()[:_CHECKSUM_BYTES], checksum):
            raise ValueError
        return msgspec.msgpack.decode(payload, type=JoinToken)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise TokenMalformed(
            "the join token is damaged",
            next_step="Copy the whole of it, or make a new one with: nimbus node token",
        ) from None
