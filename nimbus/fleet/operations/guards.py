"""What must stay while others are taken away: pure decisions about nodes that an operation would take away now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

# Nodes that carry it with the same value keep a majority of themselves present: `quorum=etcd`.
QUORUM_LABEL = "quorum"


class QuorumGroup(msgspec.Struct, frozen=True):
    """Nodes of which a majority has to be there; of two, one."""

    name: str
    members: frozenset[str]

    @property
    def least(self) -> int:
        size = len(self.members)
        return size // 2 + 1 if size > 2 else size - 1


class Surroundings(msgspec.Struct, frozen=True):
    """What is true beside an operation: `away` are members of groups that are not present, `busy` the nodes that
    another operation has taken away, by its name."""

    groups: tuple[QuorumGroup, ...] = ()
    away: frozenset[str] = frozenset()
    busy: Mapping[str, str] = {}

    def hold(self, node_id: str, taken: Collection[str]) -> str:
        """Why this node may not be taken away now, beside those that the operation itself has taken; "" when it
        may. Of one that is away already nothing is lost."""
        if node_id in self.busy:
            return f"waits for operation {self.busy[node_id]!r}, which is at work on the node"
        if node_id in self.away:
            return ""
        gone = self.away | self.busy.keys() | set(taken) | {node_id}
        for group in self.groups:
            left = len(group.members - gone)
            if node_id in group.members and left < group.least:
                return (
                    f"waits: only {left} of {len(group.members)} nodes of quorum group {group.name!r} would be"
                    f" there, {group.least} are needed"
                )
        return ""


QUIET = Surroundings()


def groups_by_label(nodes: Iterable[tuple[str, Mapping[str, str]]]) -> tuple[QuorumGroup, ...]:
    """Of (node id, labels)."""
    members: dict[str, set[str]] = {}
    for node_id, labels in nodes:
        if labels.get(QUORUM_LABEL):
            members.setdefault(labels[QUORUM_LABEL], set()).add(node_id)
    return tuple(QuorumGroup(name, frozenset(members[name])) for name in sorted(members))
