"""What `why` says of the policy between two members."""

from __future__ import annotations

import msgspec

from nimbus.fleet.mesh.explanation import End
from nimbus.fleet.mesh.policy.document import Direction
from nimbus.fleet.mesh.policy.rules import Between, Passage
from nimbus.fleet.mesh.records import MeshExplanation, MeshFinding


def kept_apart(one: End, other: End, between: Between, *, same_organization: bool) -> MeshExplanation:
    """A border or a policy is between them. Nothing else is looked at: whatever it were, they would not reach each
    other."""
    next_step = "If they are to reach each other: nimbus mesh policy show, docs/mesh-policy.md"
    if not between.passage.is_closed:
        keeps = ((one, between.one_keeps_ports), (other, between.other_keeps_ports))
        names = " and ".join(end.name for end, keeps_ports in keeps if not keeps_ports)
        summary = f"the mesh policy opens only some ports between them, and {names} cannot close the others"
        next_step = f"On {names}: an agent of this version, and nft (apt-get install nftables)"
    elif between.passage.rule:
        summary = f"the rule {between.passage.rule!r} of the mesh policy keeps them apart"
    elif same_organization:
        summary = "the mesh policy allows only what its rules name, and none names them"
    else:
        summary = "they belong to different organizations, and the mesh ends at the border of each"
    told = MeshFinding(None, f"{one.name} and {other.name} are not told of each other: neither has a way")
    opens = [] if between.passage.is_closed else of_ports(one.name, other.name, between.passage)
    return MeshExplanation(
        from_=one.name,
        to=other.name,
        path="down",
        summary=summary,
        next_step=next_step,
        findings=[told, *opens],
        pairs=[],
    )


def with_ports(explained: MeshExplanation, passage: Passage) -> MeshExplanation:
    """The same, where the policy leaves only some ports open: what is open is as much a cause as any."""
    if passage.is_whole:
        return explained
    opens = of_ports(explained.from_, explained.to, passage)
    return msgspec.structs.replace(
        explained,
        summary=f"{explained.summary}; the mesh policy opens some ports only",
        findings=[*opens, *explained.findings],
    )


def of_ports(one: str, other: str, passage: Passage) -> list[MeshFinding]:
    """A line for each direction."""
    return [_direction(one, other, passage.there), _direction(other, one, passage.back)]


def _direction(from_: str, to: str, direction: Direction) -> MeshFinding:
    opens = " ".join(direction.open.words) or "nothing"
    names = direction.opened_by or tuple(dict.fromkeys(each.rule for each in direction.decided if each.rule))
    rules = f" (rule {', '.join(map(repr, names))})" if names else ""
    return MeshFinding(None, f"{from_} may open {opens} on {to}{rules}")
