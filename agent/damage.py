"""Files of the node's identity that are of no use: which one, and what to do. Pure but for reading them."""

from __future__ import annotations

import ssl
from pathlib import Path

from agent.reasons import reason_of
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.keys import is_key

REJOIN = "Join it again: nimbus node token --rejoin NODE there, nimbus-agent join TOKEN here"


class IdentityDamaged(NimbusError):
    """A file that the node shows who it is with is missing or damaged."""

    code = "IDENTITY_DAMAGED"

    def __init__(self, message: str) -> None:
        super().__init__(message, next_step=REJOIN)


def read_mesh_key(file: Path) -> str:
    """The node's private WireGuard key. Raises IdentityDamaged."""
    try:
        key = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IdentityDamaged(f"{file} cannot be used: {condition(file, '') or reason_of(error)}") from None
    if not is_key(key):
        raise IdentityDamaged(
            f"{file} cannot be used: {condition(file, '') or 'it contains no WireGuard key'}"
        )
    return key


def damaged(ca: Path, certificate: Path, key: Path) -> IdentityDamaged:
    """After a TLS context could not be made of these: the one that is to blame."""
    for file, kind in ((ca, "CERTIFICATE"), (certificate, "CERTIFICATE"), (key, "PRIVATE KEY")):
        problem = condition(file, kind)
        if problem:
            return IdentityDamaged(f"{file} cannot be used: {problem}")
    return IdentityDamaged(f"{certificate.name} and {key.name} in {key.parent} do not belong together")


def condition(file: Path, kind: str) -> str:
    """What is wrong with a file, "" when nothing is to be seen. `kind` is of the PEM that it holds (RFC 7468)."""
    try:
        content = file.read_bytes()
    except OSError as error:
        return reason_of(error)
    if not content.strip(b"\0 \n"):
        return "it is empty"
    if kind == "CERTIFICATE":
        try:
            ssl.create_default_context(cadata=content.decode("ascii"))
        except (ValueError, ssl.SSLError):
            return "it contains no certificate"
    elif kind and f"-----END {kind}-----".encode() not in content:
        return "it contains no private key"
    return ""
