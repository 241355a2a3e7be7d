"""What is kept in memory follows events: of each type that anybody subscribes to it is decided whether the other
control planes on the database hear of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from nimbus.composition.relayed_events import RELAYED, STAYS_LOCAL

ROOT = Path(__file__).parents[2]


def _subscriptions() -> Iterator[tuple[str, ast.expr]]:
    for path in sorted((ROOT / "nimbus").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "subscribe"
                and len(node.args) == 2
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.args[0]


def test_every_event_that_is_followed_is_relayed_or_said_to_stay() -> None:
    known = {kind.told_as.__name__ for kind in RELAYED} | {kind.event.__name__ for kind in RELAYED}
    known |= {event.__name__ for event in STAYS_LOCAL}
    found = {where: ast.unparse(event) for where, event in _subscriptions()}
    assert {where: name for where, name in found.items() if name not in known} == {}


def test_each_is_in_one_list_and_has_a_name_of_its_own() -> None:
    names = [kind.told_as.__name__ for kind in RELAYED]
    assert len(set(names)) == len(names)
    assert {kind.event for kind in RELAYED}.isdisjoint(STAYS_LOCAL)


def test_what_nobody_follows_is_not_in_the_lists() -> None:
    followed = {ast.unparse(event) for _, event in _subscriptions()}
    named = {kind.told_as.__name__ for kind in RELAYED} | {event.__name__ for event in STAYS_LOCAL}
    assert named - followed == set()
