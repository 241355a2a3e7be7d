"""What documents would change: pairs of nodes, counted kind by kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, combinations_with_replacement, product

from nimbus.fleet.mesh.policy.records import PolicyChange, PolicyPreview
from nimbus.fleet.mesh.policy.rules import Book, Kind

SHOWN = 100


def preview(before: Book, after: Book, nodes: Iterable[tuple[str, Kind, Kind]]) -> PolicyPreview:
    """`nodes`: names, and the kinds that they are of before and afterwards. The first pairs are named."""
    groups: dict[tuple[Kind, Kind], list[str]] = {}
    for name, was, is_now in nodes:
        groups.setdefault((was, is_now), []).append(name)
    counts = {True: 0, False: 0}
    changes: list[PolicyChange] = []
    for one, other in combinations_with_replacement(groups, 2):
        now = after.verdict(one[1], other[1])
        if now.allowed == before.verdict(one[0], other[0]).allowed:
            continue
        left, right = groups[one], groups[other]
        pairs = combinations(left, 2) if one == other else product(left, right)
        counts[now.allowed] += len(left) * (len(left) - 1) // 2 if one == other else len(left) * len(right)
        for from_, to in pairs:
            if len(changes) == SHOWN:
                break
            changes.append(PolicyChange(from_, to, now.allowed, now.rule))
    return PolicyPreview(joined=counts[True], parted=counts[False], changes=changes)
