"""What nodes are told of the mesh: of the scopes that theirs sees, what changed after their revision."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.policy import store as store_of_policies
from nimbus.fleet.mesh.policy.rules import Sight
from nimbus.fleet.mesh.policy.subjects import Kind, organization_of
from nimbus.fleet.mesh.records import Member, MeshState, News, Step
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshPeer, MeshPorts

States = Mapping[str, MeshState]
_ALL_OPEN: Mapping[str, MeshPorts] = {}


def sight(tx: Transaction, states: States) -> Sight:
    """Which scopes each scope sees, and what is open between them."""
    kinds = {scope: Kind(organization_of(scope), frozenset(state.matched)) for scope, state in states.items()}
    return store_of_policies.book(tx).sight(kinds)


def news(tx: Transaction, newest: int, published: Mapping[str, int]) -> News:
    """What is new since the publication of the revision `newest`, in which scopes were told these."""
    states = store.states(tx)
    seen = sight(tx, states)
    steps = []
    for scope in states:
        since = published.get(scope, 0)
        if since < revision(scope, seen.sees[scope], states):
            steps.append(Step(scope, since, delta(tx, scope, since, seen, states)))
    changed = tuple(store.all_after(tx, newest))
    return News(store.revision(tx), tuple(steps), changed, seen.sees, seen.kept_apart)


def delta(tx: Transaction, scope: str, since: int, seen: Sight, states: States) -> MeshDelta:
    """Everything when `since` is from before what is remembered, from before the scope saw what it sees, or from a
    future that a restored backup does not know."""
    sees, open_ = seen.sees.get(scope, frozenset()), seen.ports.get(scope, _ALL_OPEN)
    remembered = max((states[other].forgotten_before for other in sees if other in states), default=0)
    newest = revision(scope, sees, states)
    own = states.get(scope)
    if since < max(remembered, own.seen_anew if own else 0) or since > newest:
        since = 0
    members = store.members_after(tx, sees, since)
    present = {member.peer.node_id for member in members if not member.peer.removed}
    # One that went from one of these scopes to another has left nobody's sight.
    peers = [
        _as_known(member, organization_of(scope), open_.get(member.scope))
        for member in members
        if not member.peer.removed or (since and member.peer.node_id not in present)
    ]
    total = checksum.together(states[other].checksum for other in sees if other in states)
    # Not more than these peers need: a join costs the same, however many rules there are.
    named = {peer.ports for peer in peers}
    ports = {each.id: each for each in open_.values() if each.id in named} if open_ else {}
    return MeshDelta(since=since, revision=newest, checksum=total, peers=tuple(peers), ports=ports)


def _as_known(member: Member, organization: str, ports: MeshPorts | None) -> MeshPeer:
    """Names hold within an organization: another one may have a workspace and a node of the same."""
    peer = member.peer
    if organization_of(member.scope) != organization:
        peer = msgspec.structs.replace(peer, workspace="")
    return peer if ports is None or peer.removed else msgspec.structs.replace(peer, ports=ports.id)


def revision(scope: str, sees: Collection[str], states: States) -> int:
    """The newest of what a scope is told. Its own counts also where its members do not see each other: it is how
    they notice that they have come into it."""
    own = states.get(scope)
    newest = [states[other].revision for other in {scope, *sees} if other in states]
    return max([*newest, own.seen_anew if own else 0], default=0)
