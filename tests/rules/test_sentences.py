"""The words for actions and events: what the server writes has some, and the dashboard has the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from nimbus.fleet.nodes.records import NodeState
from nimbus.fleet.operations.records import OperationState, StepState
from nimbus.fleet.tasks.records import OPEN_STATES, TaskState
from nimbus.kernel.sentences import ACTIONS, EVENTS, of_entry, of_event, plain
from tests.kit import sentences
from tests.rules.test_house import named, sources, tree_of

SLICES = sources(
    "nimbus/records",
    "nimbus/people",
    "nimbus/trust",
    "nimbus/correspondence",
    "nimbus/fleet",
    "nimbus/appliance",
    "nimbus/composition",
)
NAME = re.compile(r"[a-z]{2,}[a-z_]*(\.[a-z_]{2,})+")
# Loggers and files are named with dots, too.
NO_ACTION = re.compile(r"nimbus\..*|.*\.(crt|html|json|key|log|sock|sql|svg|toml)")
# What administrators can be mailed about.
OF_MAILS = "nimbus/correspondence/notifications/records.py"
TOKEN = re.compile(r"\{(\w+)\}")
ADA = {"kind": "user", "id": "u-1", "name": "ada"}
WEB = {"kind": "node", "id": "n-1", "name": "web-1"}


def names_in_the_source() -> Iterator[tuple[str, str]]:
    for path in SLICES:
        for node in ast.walk(tree_of(path)) if named(path) != OF_MAILS else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                name = node.value
                if NAME.fullmatch(name) and not NO_ACTION.fullmatch(name):
                    yield name, f"{named(path)}:{node.lineno}"


def test_every_action_and_event_that_is_written_has_words() -> None:
    told = ACTIONS.keys() | {name.partition(" ")[0] for name in EVENTS}
    found = dict(names_in_the_source())
    assert len(found) > 80
    assert {name: where for name, where in found.items() if name not in told} == {}


def test_every_state_that_an_event_tells_of_has_words() -> None:
    states = [
        *(f"node.state {state.value}" for state in NodeState),
        *(f"task.closed {state.value}" for state in TaskState if state not in OPEN_STATES),
        *(f"operation.state {state.value}" for state in OperationState),
        *(f"operation.step {state.value}" for state in StepState),
        *(f"operation.{verb}" for verb in ("pause", "resume", "cancel", "undo")),
    ]
    assert [state for state in states if state not in EVENTS | ACTIONS] == []


def test_the_dashboard_has_the_same_words() -> None:
    assert sentences.FILE.read_text("utf-8") == sentences.written(), "run: python -m tests.kit.sentences"


def entry(action: str, **changes: Any) -> dict[str, Any]:
    return {
        "action": action,
        "outcome": "ok",
        "actor": ADA,
        "resource": WEB,
        "before": {},
        "after": {},
    } | changes


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_it_reads_with_all_that_is_known_and_with_nothing(action: str) -> None:
    facts = {name: f"<{name}>" for name in TOKEN.findall(" ".join(ACTIONS[action]))}
    nothing = {"kind": "x", "id": "", "name": ""}
    for row in (entry(action, after=facts), entry(action, resource=nothing, outcome="denied")):
        said = plain(of_entry(row))
        assert said.startswith("ada ")
        assert not re.search(r"[\[\]{}|]|  ", said)
        event = {"kind": action, "resource": row["resource"], "data": row["after"]}
        assert not re.search(r"[\[\]{}|]|  ", plain(of_event(event)))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (entry("node.update"), "ada updated node web-1"),
        (entry("role.grant", after={"role": "viewer"}), "ada granted role viewer to web-1"),
        (
            entry("node.delete", outcome="denied", after={"error": "FORBIDDEN"}),
            "ada tried to delete node web-1: denied (FORBIDDEN)",
        ),
        (
            entry(
                "audit_log.cut",
                actor={"kind": "system", "id": "system", "name": "system"},
                outcome="failed",
                after={"first": 5, "last": 9},
            ),
            "entries 5 to 9 were cut off the end of the audit log",
        ),
        (entry("session.create", resource={**ADA, "kind": "session"}), "ada signed in"),
        (entry("session.create", outcome="denied"), "ada tried to sign in as web-1: denied"),
        (entry("moon.rise"), "ada: moon.rise web-1"),
    ],
)
def test_an_entry(row: dict[str, Any], said: str) -> None:
    assert plain(of_entry(row)) == said


def test_an_event_says_who_did_it_where_that_is_told() -> None:
    event = {"kind": "node.update", "resource": WEB, "data": {}}
    assert plain(of_event(event)) == "node web-1 was updated"
    assert plain(of_event({**event, "data": {"by": ADA}})) == "ada updated node web-1"
    task = {"kind": "task.closed", "resource": {"kind": "task", "id": "t-1", "name": "collect_facts"}}
    data = {"state": "succeeded", "node": "web-1", "node_id": "n-1", "attempts": 2}
    assert plain(of_event({**task, "data": data})) == "collect_facts on web-1 succeeded after 2 attempts"
