"""The master key and what is sealed with it."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import sync_directory, write_atomically

_KEY_BYTES = 32
_NONCE_BYTES = 12


class MasterKeyUnusable(NimbusError):
    code = "MASTER_KEY_UNUSABLE"


class MasterKey:
    """Seals short secrets. `context` is bound as associated data: a sealed value copied into another row does
    not open there."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.key_id = hashlib.sha256(key).hexdigest()[:16]

    def seal(self, plaintext: str, context: str) -> str:
        """`key id.base64(nonce + ciphertext + tag)`"""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plaintext.encode(), context.encode())
        return f"{self.key_id}.{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, context: str) -> str:
        key_id, _, encoded = sealed.partition(".")
        if key_id != self.key_id:
            raise MasterKeyUnusable(
                f"a secret was sealed with master key {key_id}, this one is {self.key_id}",
                next_step="Put the right master.key back.",
            )
        try:
            raw = base64.b64decode(encoded, validate=True)
            if base64.b64encode(raw).decode() != encoded:
                raise ValueError("another spelling of the same bytes")
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError):
            raise MasterKeyUnusable("a sealed secret was altered, or belongs to another record") from None


def load_or_create(path: Path) -> MasterKey:
    """The key in `path` (base64, mode 0600); a new one when there is none. Two processes that create it at the
    same time end with the same key: the name is taken by a hard link, once."""
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        write_atomically(fresh, base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
        try:
            os.link(fresh, path)
            sync_directory(path.parent)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    try:
        key = base64.b64decode(path.read_bytes(), validate=False)
    except (OSError, ValueError) as error:
        raise MasterKeyUnusable(f"{path} cannot be read as a master key: {error}") from None
    if len(key) != _KEY_BYTES:
        raise MasterKeyUnusable(f"{path} is not a master key of {_KEY_BYTES} bytes")
    return MasterKey(key)
