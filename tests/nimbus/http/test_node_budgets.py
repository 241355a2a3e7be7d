"""How often one node may ask: an honest one never notices, another keeps nobody from being served."""

from __future__ import annotations

import contextlib

import pytest

from nimbus.http.node_budgets import BUDGETS, Budget, NodeBudgets
from nimbus.kernel.errors import RateLimited

PATHS = {
    "heartbeat": ["heartbeat"],
    "tasks": ["tasks", "n1"],
    "result": ["tasks", "t1", "result"],
    "progress": ["tasks", "t1", "progress"],
    "metrics": ["metrics"],
    "access-logs": ["access-logs"],
    "edge": ["edge", "n1", "texts"],
    "artifacts": ["artifacts", "0" * 64],
    "desired": ["desired", "n1", "mesh"],
    "certificate": ["certificate"],
    "session-key": ["session-key"],
    "leave": ["leave"],
}


def asked(budgets: NodeBudgets, parts: list[str], times: int, *, node: str = "n1", now: float = 0.0) -> int:
    """How many of so many requests at once are let in."""
    let_in = 0
    with contextlib.suppress(RateLimited):
        for _ in range(times):
            budgets.check(node, parts, now)
            let_in += 1
    return let_in


@pytest.mark.parametrize("name", BUDGETS)
def test_each_path_has_a_budget_of_its_own(name: str) -> None:
    budgets = NodeBudgets()
    burst = int(BUDGETS[name].burst)
    assert asked(budgets, PATHS[name], 2 * burst) == burst
    assert asked(budgets, PATHS[name], 5, node="n2") == 5, "another node has its own"
    for other, parts in PATHS.items():
        if other != name:
            assert asked(budgets, parts, 1) == 1, other


def test_what_nobody_knows_has_little() -> None:
    budgets = NodeBudgets()
    assert asked(budgets, ["x" * 5000], 100) == 20
    assert asked(budgets, [""], 100) == 0
    assert asked(budgets, ["tasks", "t1", "other"], 100) == 0


def test_a_budget_comes_back() -> None:
    budgets = NodeBudgets({"heartbeat": Budget(2, 4)})
    assert asked(budgets, ["heartbeat"], 10) == 4
    assert asked(budgets, ["heartbeat"], 10, now=1.0) == 2
    assert asked(budgets, ["heartbeat"], 10, now=100.0) == 4


def test_an_honest_node_after_a_long_time_alone_is_not_held_up() -> None:
    """Beats as often as the mesh changes, polls as often as tasks come, and hundreds of results and samples at
    once."""
    budgets = NodeBudgets()
    now = 0.0
    assert asked(budgets, PATHS["result"], 500) == 500
    assert asked(budgets, PATHS["metrics"], 100) == 100
    for _ in range(200):
        now += 1.0
        assert asked(budgets, PATHS["heartbeat"], 6, now=now) == 6
        assert asked(budgets, PATHS["tasks"], 10, now=now) == 10
        assert asked(budgets, PATHS["progress"], 20, now=now) == 20
