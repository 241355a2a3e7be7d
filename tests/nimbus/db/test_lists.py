"""Lists as JSON text: equal to the views, and never older than what was answered."""

from __future__ import annotations

import re
import time
from pathlib import Path

import msgspec
import trio
from hypothesis import given
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.fleet.nodes.records import (
    Approval,
    NodeDetails,
    NodePatch,
    NodeQuery,
    NodeReport,
    NodeState,
    NodeView,
)
from nimbus.fleet.nodes.service import LISTED_FROM as nodes_listed_from
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import TaskQuery, TaskView
from nimbus.fleet.tasks.service import LISTED_FROM as tasks_listed_from
from nimbus.kernel.clock import MICROSECONDS, to_rfc3339
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import HealthCheck
from nimbus.records.audit.records import AuditQuery, AuditView, Resource
from nimbus.records.audit.trail import LISTED_FROM as audit_listed_from
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Verifier
from tests.kit.database import is_postgresql, place
from tests.kit.lists import rows_of
from tests.kit.records import ADMIN, result
from tests.kit.slices import Slices, slices

# What a machine may say of itself: all that JSON has to escape, and what looks like JSON.
HOSTILE = 'a"b\\c\n\t\x00\x1f\u2028é€😀","applied":{"x":1}%s%'
if is_postgresql():
    # Its text has no NUL: a mark is in its place.
    HOSTILE = HOSTILE.replace("\x00", "\ufffd")


@given(st.integers(min_value=-(10**15), max_value=253_402_300_799_999_999))
def test_times_are_shown_as_before(at: int) -> None:
    seconds, fraction = divmod(at, MICROSECONDS)
    wanted = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction:06d}Z"
    assert to_rfc3339(at) == wanted


async def hostile_nodes(world: Slices) -> None:
    await world.add_node("plain")
    await world.add_node(
        "full",
        hostname=HOSTILE,
        version=HOSTILE,
        public_ip="",
        overlay_ip="10.0.0.9",
        maintenance=True,
        capabilities=(HOSTILE,),
        labels={"applied": "x", "tier": "gold"},
        last_seen_at=1_763_700_000_123_456,
        state=NodeState.DEGRADED,
        approval=Approval.APPROVED,
        auth="session-key",
        report=NodeReport(
            checks=(HealthCheck(HOSTILE, False, HOSTILE),),
            alerts=(HOSTILE, '","applied":'),
            applied={"applied": 1, HOSTILE: 2, "mesh": 3},
        ),
    )
    await world.add_node(
        "held",
        approval=Approval.WAITING,
        maintenance=True,
        maintenance_reason=HOSTILE,
        maintenance_by=HOSTILE,
        maintenance_since=1_763_700_000_123_456,
        maintenance_until=1_763_700_000_123_456,
        description=HOSTILE,
    )


def _listed(shown: NodeDetails) -> NodeView:
    """A list does not have the certificate."""
    return NodeView(**{name: getattr(shown, name) for name in NodeView.__struct_fields__})


async def test_nodes_are_listed_as_they_are_shown(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await hostile_nodes(world)
        listed = rows_of(await world.nodes.list(ADMIN, NodeQuery()), NodeView)
        assert [view.name for view in listed] == ["full", "held", "plain"]
        for view in listed:
            assert view == _listed(await world.nodes.show(ADMIN, Target(view.id)))


def self_said(tx: Transaction, node_id: str, report: str) -> None:
    """As an agent of another version would have it stored."""
    tx.execute("DELETE FROM node_reports")
    tx.execute("INSERT INTO node_reports (node_id, last_seen_at, report) VALUES (?, 1, ?)", (node_id, report))


async def test_a_report_of_another_version_is_shown_too(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        for stored in ("{}", '{"applied":{"mesh":4}}', '{"alerts":["x"],"applied":{},"new":1}'):
            await world.database.write(
                lambda tx, stored=stored: self_said(tx, node.id, stored)  # type: ignore[misc]
            )
            [view] = rows_of(await world.nodes.list(ADMIN, NodeQuery()), NodeView)
            assert view == _listed(await world.nodes.show(ADMIN, Target(node.id)))


async def test_tasks_are_listed_as_they_are_shown(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        first = await world.add_task(node.id)
        second = await world.add_task(node.id)
        await world.add_task(node.id, depends_on=[first.id, second.id])
        lease = world.delivery.lease
        await world.database.write(lambda tx: lease(tx, node.id, frozenset(), Room(8)))
        done = result(result={"text": HOSTILE})
        failed = result("failed", error_code="BROKEN", error=HOSTILE)
        await world.database.write(lambda tx: world.delivery.result(tx, node.id, first.id, done))
        await world.database.write(lambda tx: world.delivery.result(tx, node.id, second.id, failed))
        await world.database.write(
            lambda tx: tx.execute(
                "UPDATE tasks SET created_by = ?, percent = 7 WHERE id = ?", (HOSTILE, first.id)
            )
        )
        listed = rows_of(await world.tasks.list(ADMIN, TaskQuery()), TaskView)
        assert len(listed) == 3
        assert {len(view.depends_on) for view in listed} == {0, 2}
        assert [view.error["message"] for view in listed if view.error and view.id == second.id] == [HOSTILE]
        for view in listed:
            assert view == await world.tasks.show(ADMIN, Target(view.id))


def trail_of(world: Slices) -> AuditTrail:
    return AuditTrail(
        world.database, Verifier(world.database, world.audit), world.organizations.reached, world.audit
    )


async def test_the_audit_log_is_listed_as_it_is_shown(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_task((await world.add_node()).id)
        strange = Resource("node", HOSTILE, HOSTILE)
        await world.database.write(
            lambda tx: world.audit.record(
                tx,
                msgspec.structs.replace(ADMIN, name=HOSTILE),
                "node.update",
                strange,
                before={"a": HOSTILE},
                after={"a": [1, None, {}]},
            )
        )
        trail = trail_of(world)
        listed = rows_of(await trail.list(ADMIN, AuditQuery()), AuditView)
        assert listed[0].resource.name == listed[0].actor.name == HOSTILE
        for view in listed:
            assert view == await trail.show(ADMIN, Target(view.id))


async def test_the_same_page_is_not_read_twice(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node()
        first = await world.nodes.list(ADMIN, NodeQuery())
        assert await world.nodes.list(ADMIN, NodeQuery()) is first
        assert (await world.nodes.list(ADMIN, NodeQuery(page=2))) is not first
        await world.add_task("web-1")
        assert await world.nodes.list(ADMIN, NodeQuery()) is first, "tasks are not part of it"
        await world.nodes.change(ADMIN, Target("web-1"), NodePatch(maintenance=True))
        second = await world.nodes.list(ADMIN, NodeQuery())
        assert second.tag != first.tag


async def test_what_has_no_time_comes_before_all_that_have(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("b", last_seen_at=2_000_000)
        await world.add_node("a", last_seen_at=1_000_000)
        await world.add_node("never")
        for sort, expected in (("last_seen_at", ["never", "a", "b"]), ("-last_seen_at", ["b", "a", "never"])):
            listed = rows_of(await world.nodes.list(ADMIN, NodeQuery(sort=sort)), NodeView)
            assert [view.name for view in listed] == expected


async def test_order_is_byte_by_byte_whatever_the_language_of_the_server(tmp_path: Path) -> None:
    names = ["A-1", "B", "Z", "a", "a-1", "a_1", "ab", "b", "\u00e4"]
    async with slices(tmp_path) as world:
        for name in reversed(names):
            await world.add_node(name)
        listed = rows_of(await world.nodes.list(ADMIN, NodeQuery()), NodeView)
        assert [view.name for view in listed] == names


async def test_what_another_process_records_is_seen(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node()
        trail = trail_of(world)
        before = await trail.list(ADMIN, AuditQuery())
        write_once(
            place(tmp_path),
            lambda tx: world.audit.record(tx, ADMIN, "user.create", Resource("user", new_id())),
        )
        after = await trail.list(ADMIN, AuditQuery())
        assert (after.total, after.tag != before.tag) == (before.total + 1, True)


async def test_a_list_after_a_change_shows_it(tmp_path: Path) -> None:
    """Many change, each its own node, and look: what was answered is in every later list."""
    rounds, callers = 25, 8
    async with slices(tmp_path) as world:
        nodes = [await world.add_node(f"n{number}") for number in range(callers)]

        async def change_and_look(number: int) -> None:
            for turn in range(rounds):
                label = {"turn": str(turn)}
                await world.nodes.change(ADMIN, Target(nodes[number].id), NodePatch(labels=label))  # type: ignore[arg-type]
                for _ in range(2):
                    listed = rows_of(await world.nodes.list(ADMIN, NodeQuery()), NodeView)
                    assert listed[number].labels["turn"] == str(turn)
                task = await world.add_task(nodes[number].id)
                seen = rows_of(await world.tasks.list(ADMIN, TaskQuery(per_page=1000)), TaskView)
                assert task.id in {view.id for view in seen}

        with trio.fail_after(120):
            async with trio.open_nursery() as nursery:
                for number in range(callers):
                    nursery.start_soon(change_and_look, number)


def test_what_lists_are_made_of_are_tables() -> None:
    schema = (Path(__file__).parents[3] / "nimbus/db/sqlite/schema.sql").read_text("utf-8")
    tables = set(re.findall(r"CREATE TABLE (\w+)", schema))
    for listed_from in (nodes_listed_from, tasks_listed_from, audit_listed_from):
        assert set(listed_from) <= tables
