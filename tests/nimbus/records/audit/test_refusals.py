"""Refused requests leave rows, and a flood of them does not fill the disk."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from nimbus.kernel.access import ANONYMOUS, Actor
from nimbus.records.audit.records import Resource
from nimbus.records.audit.refusals import RefusalBudget, RefusalLog
from tests.kit.polling import eventually_so
from tests.nimbus.records.audit.world import person, world

NODE = Resource("node", "n-1", "web-1", "w-1")


def stranger(address: str) -> Actor:
    return msgspec.structs.replace(ANONYMOUS, source=address)


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["A", "B", "C"]), st.integers(0, 20)), max_size=300
    ),
    st.integers(1, 5),
    st.integers(1, 12),
    st.integers(1, 4),
)
def test_a_budget_is_kept_and_nobody_is_forgotten(
    attempts: list[tuple[int, str, int]], per_source: int, in_all: int, max_sources: int
) -> None:
    budget = RefusalBudget(per_source=per_source, in_all=in_all, window_s=60, max_sources=max_sources)
    now, rows, counted, windows = 0, 0, 0, 1
    for number, code, seconds in attempts:
        now += seconds
        if budget.is_over(now):
            settled = budget.settle()
            assert len(settled) <= max_sources + 1
            counted += sum(one.count for one in settled)
            assert all(sum(one.codes.values()) == one.count for one in settled)
            windows += 1
        rows += budget.spend(person(f"p{number}"), code, now)
    counted += sum(one.count for one in budget.settle())
    assert rows + counted == len(attempts)
    assert rows <= windows * in_all


def test_addresses_count_for_those_who_are_not_known() -> None:
    budget = RefusalBudget(per_source=2, in_all=100)
    assert [budget.spend(stranger("192.0.2.1"), "UNAUTHENTICATED", 0) for _ in range(3)] == [
        True,
        True,
        False,
    ]
    assert budget.spend(stranger("192.0.2.2"), "UNAUTHENTICATED", 0)
    assert budget.spend(person("ann"), "FORBIDDEN", 0)
    [left] = budget.settle()
    assert (left.actor.source, left.count, left.codes) == ("192.0.2.1", 1, {"UNAUTHENTICATED": 1})


def test_codes_of_a_hostile_client_are_bounded() -> None:
    budget = RefusalBudget(per_source=0, in_all=0)
    for number in range(100):
        budget.spend(person(), f"CODE-{number}", 100)
    assert not budget.is_over(159)
    assert budget.is_over(160)
    [left] = budget.settle()
    assert len(left.codes) <= 21
    assert not budget.is_over(500)


async def test_a_refused_request_leaves_a_row_and_no_event(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        refusals = RefusalLog(made.database, made.clock, made.audit)
        refusals.note(person("eve"), "node.delete", NODE, "FORBIDDEN")
        refusals.note(person("eve"), "node.update", NODE, "VALIDATION_ERROR", "failed")
        await made.record()  # in order behind them
        rows = await made.rows(
            "SELECT actor_name, action, resource_name, outcome, diff FROM audit_log"
            " WHERE outcome <> 'ok' ORDER BY 2"
        )
        assert rows == [
            ("eve", "node.delete", "web-1", "denied", '{"before":{},"after":{"error":"FORBIDDEN"}}'),
            ("eve", "node.update", "web-1", "failed", '{"before":{},"after":{"error":"VALIDATION_ERROR"}}'),
        ]
        assert await made.rows("SELECT kind FROM events WHERE kind <> 'audit_log.begin'") == [
            ("node.update",)
        ]
        assert (await made.verify()).ok


async def test_a_flood_is_summed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # How often it looks; the budget's minute stays one.
    monkeypatch.setattr("nimbus.records.audit.refusals.WINDOW_S", 0.1)
    async with world(tmp_path) as made, trio.open_nursery() as nursery:
        refusals = RefusalLog(made.database, made.clock, made.audit, RefusalBudget(per_source=3))
        nursery.start_soon(refusals.run)
        for number in range(500):
            refusals.note(stranger("192.0.2.9"), "x" * 5000, Resource("node", "y" * 5000), "FORBIDDEN")
            refusals.note(person("ann"), "node.delete", NODE, "FORBIDDEN" if number % 2 else "NOT_FOUND")
        made.clock.advance(61)

        async def summed_up() -> bool:
            return len(await made.rows("SELECT 1 FROM audit_log WHERE action = 'request.suppressed'")) == 2

        await eventually_so(summed_up, "what was only counted is written")
        [(longest,)] = await made.rows("SELECT MAX(LENGTH(action) + LENGTH(resource_id)) FROM audit_log")
        assert longest <= 600
        sums = await made.rows(
            "SELECT resource_kind, resource_id, diff FROM audit_log WHERE action = 'request.suppressed' ORDER BY 1"
        )
        assert [(kind, id_) for kind, id_, _ in sums] == [("anonymous", "anonymous"), ("user", "u-ann")]
        told = [msgspec.json.decode(diff)["after"] for *_, diff in sums]
        assert [one["count"] for one in told] == [497, 497]
        assert told[0]["source"] == "192.0.2.9"
        assert sum(told[1]["codes"].values()) == 497
        assert await made.rows("SELECT COUNT(*) FROM audit_log WHERE outcome = 'denied'") == [(8,)]
        # What was counted last is written when it stops.
        for _ in range(5):
            refusals.note(person("bob"), "node.delete", NODE, "FORBIDDEN")
        nursery.cancel_scope.cancel()
    async with world(tmp_path) as again:
        [(last,)] = await again.rows(
            "SELECT resource_id FROM audit_log WHERE action = 'request.suppressed' ORDER BY sequence DESC LIMIT 1"
        )
        assert last == "u-bob"
