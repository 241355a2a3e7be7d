"""Curve25519 keys as WireGuard writes them: 32 bytes in 44 characters of base64."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re

from nimbus.wireguard.errors import InvalidWireGuard

KEY_BYTES = 32
# 43 characters carry 258 bits; the last two must be zero in canonical base64.
_KEY = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", re.ASCII)


def is_key(text: str) -> bool:
    """Whether `text` is one canonical base64 key (private, public or preshared: they look alike)."""
    return _KEY.fullmatch(text) is not None


def key_bytes(text: str) -> bytes:
    """The 32 bytes of a key. Raises InvalidWireGuard, whose message does not repeat the text."""
    if not is_key(text):
        raise InvalidWireGuard(
            "Not a WireGuard key: 44 characters of base64 are needed",
            next_step="Make one with `wg genkey`, or copy it whole.",
        )
    return binascii.a2b_base64(text)


def key_text(raw: bytes) -> str:
    """The base64 text of a key's 32 bytes."""
    if len(raw) != KEY_BYTES:
        raise InvalidWireGuard(f"A WireGuard key has {KEY_BYTES} bytes, not {len(raw)}")
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def generate_private_key() -> str:
    """A new private key from the system's random source."""
    return private_key_of(os.urandom(KEY_BYTES))


def private_key_of(secret: bytes) -> str:
    """The private key of 32 secret bytes, clamped as RFC 7748 section 5 tells."""
    raw = bytearray(secret)
    raw[0] &= 248
    raw[31] = (raw[31] & 127) | 64
    return key_text(bytes(raw))


def generate_preshared_key() -> str:
    """A new preshared key: 32 random bytes."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")


def public_key(private_key: str) -> str:
    """The public key of a private one: X25519 of it and the base point (RFC 7748 section 6.1).

    Imports `cryptography` (about 7 MiB): a periodic check compares `key_digest` instead.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.from_private_bytes(key_bytes(private_key))
    return key_text(private.public_key().public_bytes_raw())


def key_digest(raw: bytes) -> str:
    """SHA-256 of a secret key in hex: tells whether two are the same without keeping either."""
    return hashlib.sha256(b"nimbus wireguard key\0" + raw).hexdigest()
