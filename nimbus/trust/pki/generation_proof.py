"""The generation of the database, signed by the CA: what shows an older copy of a control plane that there is a
newer one. Anybody could say so; only who was told by the newer one can show it."""

from __future__ import annotations

import base64
import binascii

from nimbus.trust.pki.authority import Authority


def prove(authority: Authority, lineage: str, number: int) -> str:
    """LINEAGE.NUMBER.SIGNATURE"""
    signature = authority.sign_statement(_statement(lineage, number))
    return f"{lineage}.{number}.{base64.urlsafe_b64encode(signature).decode()}"


def proven_number(authority: Authority, lineage: str, proof: str) -> int | None:
    """The generation of this lineage that our CA has signed; None: it has not."""
    of, _, rest = proof.partition(".")
    text, _, encoded = rest.partition(".")
    if of != lineage or not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    try:
        signature = base64.b64decode(encoded.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return int(text) if authority.has_signed(_statement(lineage, int(text)), signature) else None


def _statement(lineage: str, number: int) -> bytes:
    return f"generation {lineage} {number}".encode()
