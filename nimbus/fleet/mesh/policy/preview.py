"""What documents would change: pairs of nodes, counted kind by kind. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations, combinations_with_replacement, product

from nimbus.fleet.mesh.policy.records import Change, PolicyChange, PolicyPreview
from nimbus.fleet.mesh.policy.rules import Between, Book
from nimbus.fleet.mesh.policy.subjects import Kind
from nimbus.protocol.port_set import NOTHING, PortSet

SHOWN = 100
Open = tuple[PortSet, PortSet]


def preview(before: Book, after: Book, nodes: Iterable[tuple[str, Kind, Kind]]) -> PolicyPreview:
    """`nodes`: names, and the kinds that they are of before and afterwards. The first pairs are named."""
    groups: dict[tuple[Kind, Kind], list[str]] = {}
    for name, was, is_now in nodes:
        groups.setdefault((was, is_now), []).append(name)
    counts: Counter[Change] = Counter()
    changes: list[PolicyChange] = []
    unkept: set[tuple[Kind, Kind]] = set()
    for one, other in combinations_with_replacement(groups, 2):
        left, right = groups[one], groups[other]
        number = len(left) * (len(left) - 1) // 2 if one == other else len(left) * len(right)
        if not number:
            continue
        now = after.between(one[1], other[1])
        if not now.are_told and not now.passage.is_closed:
            unkept |= {each for each in (one, other) if not each[1].keeps_ports}
        opens = _open(now)
        change = _change(_open(before.between(one[0], other[0])), opens)
        if change is None:
            continue
        counts[change] += number
        for from_, to in combinations(left, 2) if one == other else product(left, right):
            if len(changes) == SHOWN:
                break
            told = PolicyChange(
                from_, to, any(opens), now.passage.rule, change, opens[0].words, opens[1].words
            )
            changes.append(told)
    return PolicyPreview(
        joined=counts["joined"],
        parted=counts["parted"],
        widened=counts["widened"],
        narrowed=counts["narrowed"],
        changes=changes,
        keep_no_ports=sorted(name for kinds in unkept for name in groups[kinds])[:SHOWN],
    )


def _open(between: Between) -> Open:
    """In fact: what cannot be kept is closed."""
    passage = between.passage
    return (passage.there.open, passage.back.open) if between.are_told else (NOTHING, NOTHING)


def _change(before: Open, after: Open) -> Change | None:
    if before == after:
        return None
    if not any(before):
        return "joined"
    if not any(after):
        return "parted"
    takes_away = any(was - is_now for was, is_now in zip(before, after, strict=True))
    return "narrowed" if takes_away else "widened"
