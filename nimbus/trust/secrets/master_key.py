"""One master key and what is sealed with it."""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nimbus.protocol.errors import NimbusError

KEY_BYTES = 32
_NONCE_BYTES = 12


class MasterKeyUnusable(NimbusError):
    code = "MASTER_KEY_UNUSABLE"


class MasterKey:
    """Seals short secrets. `context` is bound as associated data: a sealed value copied into another row does
    not open there."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)
        self.key_id = hashlib.sha256(key).hexdigest()[:16]

    @classmethod
    def generate(cls) -> MasterKey:
        return cls(os.urandom(KEY_BYTES))

    def __repr__(self) -> str:
        return f"MasterKey({self.key_id})"

    def encoded(self) -> bytes:
        """As in the file, without the line's end."""
        return base64.b64encode(self._key)

    def seal(self, plaintext: str, context: str) -> str:
        """`key id.base64(nonce + ciphertext + tag)`"""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plaintext.encode(), context.encode())
        return f"{self.key_id}.{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, context: str) -> str:
        key_id, _, encoded = sealed.partition(".")
        if key_id != self.key_id:
            raise unknown_key(key_id, f"this one is {self.key_id}")
        try:
            raw = base64.b64decode(encoded, validate=True)
            if base64.b64encode(raw).decode() != encoded:
                raise ValueError("another spelling of the same bytes")
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError):
            raise MasterKeyUnusable(
                f"a value sealed with master key {key_id} was altered, or belongs to another record",
                next_step="Restore it from a backup, or set it again.",
            ) from None


def key_id_of(sealed: str) -> str:
    return sealed.partition(".")[0]


def unknown_key(key_id: str, what_there_is: str) -> MasterKeyUnusable:
    shown = key_id if len(key_id) == 16 and key_id.isalnum() else "with an unknown id"
    return MasterKeyUnusable(
        f"a value was sealed with master key {shown}; {what_there_is}",
        next_step="Put the right master key file back, or add that key to it as a further line.",
    )
