"""Pure decisions of the certificate authority."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from nimbus.fleet.certificate_authority.records import DependentNode
from nimbus.kernel.errors import Conflict

NAMED_IN_A_VIEW = 100
ROTATED, RETIRED = "ca.rotate", "ca.retire"
CHANGES = (ROTATED, RETIRED)
_NAMED_IN_AN_ERROR = 5


class NodesDepend(Conflict):
    """Nodes would be locked out."""

    code = "CA_IN_USE"


class NodeTrust(msgspec.Struct, frozen=True):
    """What is known of a node. `issued_at` of its newest good certificate, epoch microseconds; None: it signs its
    requests. `applied` is the revision of the section `node` that it has told of, 0: none."""

    id: str
    name: str
    issued_at: int | None
    applied: int


def unrecorded_change(newest: tuple[str, str] | None, fingerprint: str, *, overlaps: bool) -> str:
    """What was done to the files of the authority and is in no entry of the audit log, because the process was
    killed in between; "" for nothing. `newest` are action and fingerprint of the newest entry, `fingerprint` is of
    the authority that signs, `overlaps`: another is trusted beside it."""
    if overlaps:
        return "" if newest is not None and newest[1] == fingerprint else ROTATED
    return RETIRED if newest == (ROTATED, fingerprint) else ""


def dependents(nodes: Iterable[NodeTrust], began_at: int, told_at: int) -> list[DependentNode]:
    """Who depends on the authority before the one that began then; that one is told of from revision `told_at` of
    the section `node` on. By name."""
    found = []
    for node in nodes:
        certificate = node.issued_at is not None and node.issued_at < began_at
        told = node.applied >= told_at
        if certificate or not told:
            found.append(DependentNode(node.id, node.name, certificate, told))
    return sorted(found, key=lambda node: node.name)


def check_none_depends(found: Sequence[DependentNode]) -> None:
    """Raises NodesDepend."""
    if found:
        named = ", ".join(node.name for node in found[:_NAMED_IN_AN_ERROR])
        more = len(found) - _NAMED_IN_AN_ERROR
        raise NodesDepend(
            f"{len(found)} node{' depends' if len(found) == 1 else 's depend'} on the previous authority: {named}"
            + (f" and {more} more" if more > 0 else ""),
            next_step="Wait until they have connected (nimbus ca show). With --force they lose access, and have to"
            " join again.",
        )
