"""Pins: fingerprints of server certificates, or of their keys.

`sha256:HEX` (with or without colons, as OpenSSL prints it) or `sha256/BASE64` (RFC 7469, section 2.4).
"""

from __future__ import annotations

import base64
import hashlib

from nimbus.protocol.errors import UsageError
from nimbus.protocol.settings import words

# Of 32 bytes: in hexadecimal, with a colon between any two of them, or in base64.
PIN = "[Ss][Hh][Aa]256(:[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}|/[A-Za-z0-9+/]{43}=)"


def parse_pins(text: str) -> tuple[str, ...]:
    """Each as `sha256:hex`. Raises UsageError."""
    return tuple(_parsed(word) for word in words(text))


def _parsed(word: str) -> str:
    try:
        return "sha256:" + fingerprint(word)
    except ValueError:
        raise UsageError(
            f"pin: {word[:100]!r} is neither sha256:HEX nor sha256/BASE64 of 32 bytes",
            next_step="See it with: openssl x509 -in server.crt -noout -fingerprint -sha256",
        ) from None


def fingerprint(word: str) -> str:
    """One of them, in hex. Raises ValueError."""
    algorithm, separator, value = word.partition(":") if word[6:7] == ":" else word.partition("/")
    if algorithm.lower() != "sha256":
        raise ValueError(algorithm)
    digest = (
        bytes.fromhex(value.replace(":", "")) if separator == ":" else base64.b64decode(value, validate=True)
    )
    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError(len(digest))
    return digest.hex()
