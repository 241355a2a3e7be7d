"""The control plane's own WireGuard key: one file, born 0600."""

from __future__ import annotations

from pathlib import Path

from nimbus.protocol.files import write_atomically
from nimbus.trust.pki.authority import AuthorityUnusable
from nimbus.wireguard.keys import generate_private_key, is_key


def load_or_create(path: Path) -> str:
    """The private key in base64."""
    if not path.exists():
        write_atomically(path, generate_private_key().encode() + b"\n")
    try:
        key = path.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise AuthorityUnusable(f"{path} cannot be read: {error}") from None
    if not is_key(key):
        raise AuthorityUnusable(
            f"{path} does not hold a WireGuard key", next_step="Restore it from a backup."
        )
    return key
