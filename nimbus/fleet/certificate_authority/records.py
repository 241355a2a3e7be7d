"""Types of the certificate authority."""

from __future__ import annotations

import msgspec


class AuthorityChanged(msgspec.Struct, frozen=True):
    """Event: another authority signs, or the one before is trusted no more; then `cut_off` are the nodes that have
    certificates of that one alone."""

    cut_off: frozenset[str] = frozenset()


class CaCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339, `fingerprint` is the SHA-256 of the DER in hexadecimal."""

    subject: str
    serial: str
    fingerprint: str
    not_before: str
    not_after: str


class DependentNode(msgspec.Struct, frozen=True):
    """`certificate`: its newest is of the previous authority. `told`: it knows the present one."""

    id: str
    name: str
    certificate: bool
    told: bool


class CaView(msgspec.Struct, frozen=True, kw_only=True):
    """`dependent` counts the nodes that would be locked out if `previous` ended now; the first of them are in
    `dependent_nodes`. Both say nothing while there is no previous authority."""

    current: CaCertificate
    previous: CaCertificate | None
    rotated_at: str | None
    nodes: int
    dependent: int
    dependent_nodes: tuple[DependentNode, ...]


class CaRotationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`alone`: no other control plane runs on this database; each has a copy of the authority."""

    alone: bool = False


class RetireQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`force`: also while nodes depend on it."""

    force: bool = False
