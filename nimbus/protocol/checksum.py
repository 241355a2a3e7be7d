"""The checksum of a mesh state, kept up to date in constant time per change.

The sum modulo 2^256 of the SHA-256 of each member (a multiset hash, AdHash: Bellare and Micciancio, "A New
Paradigm for Collision-Free Hashing", 1997). Adding and taking away a member is one addition, so that neither
side ever walks the whole mesh for it. It tells a node that its copy is wrong; it is no signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from nimbus.protocol.messages import MeshPeer

_MODULUS = 1 << 256
EMPTY = "0" * 64


def _digest(peer: MeshPeer) -> int:
    fields = (peer.node_id, peer.name, peer.public_key, peer.address, peer.endpoint)
    return int.from_bytes(hashlib.sha256("\0".join(fields).encode()).digest(), "big")


def added(checksum: str, peer: MeshPeer) -> str:
    return f"{(int(checksum, 16) + _digest(peer)) % _MODULUS:064x}"


def together(checksums: Iterable[str]) -> str:
    """Of several sets that have nothing in common."""
    return f"{sum(int(each, 16) for each in checksums) % _MODULUS:064x}"


def taken_away(checksum: str, peer: MeshPeer) -> str:
    return f"{(int(checksum, 16) - _digest(peer)) % _MODULUS:064x}"
