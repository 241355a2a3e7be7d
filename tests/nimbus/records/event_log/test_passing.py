"""Changes that are not kept: to those who follow, the newest of each resource, to nobody else."""

from __future__ import annotations

from pathlib import Path

import trio
from hypothesis import given
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import PassingChange
from nimbus.records.event_log.follower import Follower
from nimbus.records.event_log.passing import PassingChanges
from nimbus.records.event_log.records import EventFilter, EventQuery
from tests.kit.records import ADMIN
from tests.nimbus.records.audit.world import World, person, world
from tests.nimbus.records.event_log.test_following import ALL, emit_changes


def passing(task: str, percent: int, workspace_id: str = "w-1") -> PassingChange:
    return PassingChange(
        at=1,
        kind="task.progress",
        resource_kind="task",
        resource_id=task,
        workspace_id=workspace_id,
        data={"percent": percent},
    )


async def pass_on(made: World, *changes: PassingChange) -> None:
    def emit_all(tx: Transaction) -> None:
        for change in changes:
            tx.emit(change)

    await made.database.write(emit_all)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 100)), max_size=60), st.integers(0, 60))
def test_whoever_comes_gets_the_newest_of_each_once(happened: list[tuple[int, int]], looked_at: int) -> None:
    changes = PassingChanges(capacity=4)
    seen = 0
    for number, (task, percent) in enumerate(happened, start=1):
        changes.add(passing(f"t{task}", percent))
        if number == looked_at:
            seen = changes.newest
    found = changes.after(seen)
    newest: dict[str, int] = {}
    for task, percent in happened[seen:]:
        newest.pop(f"t{task}", None)
        newest[f"t{task}"] = percent
    assert [(row.resource_id, row.data) for row in found] == [
        (task, f'{{"percent":{percent}}}') for task, percent in list(newest.items())[-4:]
    ][-len(found) :]
    assert len(found) == min(4, len(newest))
    assert changes.after(changes.newest) == []


async def followed(made: World, follower: Follower) -> list[tuple[str, str]]:
    step = await follower.next(made.hub.generation)
    return [(row.resource_id, row.data) for row in (*step.events, *step.passing)]


async def test_they_go_to_who_follows_and_are_kept_nowhere(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        await pass_on(made, passing("before", 1))
        with made.hub.followed(), trio.fail_after(20):
            follower = Follower(made.hub, ADMIN, ALL, 0, takes_passing=True)
            await pass_on(made, passing("a", 1), passing("a", 2), passing("b", 7))
            assert await followed(made, follower) == [("a", '{"percent":2}'), ("b", '{"percent":7}')]
            await emit_changes(made, 1)
            [(resource, _)] = await followed(made, follower)
            assert (resource, follower.cursor) == ("n-1", 1)
            await pass_on(made, passing("a", 3))
            assert await followed(made, follower) == [("a", '{"percent":3}')]
            assert follower.cursor == 1, "they have no place in the log"
        _, page = await made.events.list(ADMIN, EventQuery())
        assert page.total == 1
        nursery.cancel_scope.cancel()


async def test_nobody_hears_of_what_they_may_not_see_or_did_not_ask_for(tmp_path: Path) -> None:
    reader: Actor = person("ann", w_1={Permission.TASK_READ, Permission.EVENT_READ})
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        with made.hub.followed(), trio.fail_after(20):
            follower = Follower(made.hub, reader, ALL, 0, takes_passing=True)
            picky = Follower(made.hub, ADMIN, EventFilter(resource="b"), 0, takes_passing=True)
            await pass_on(made, passing("elsewhere", 1, "w-2"), passing("a", 1), passing("b", 2))
            assert await followed(made, follower) == [("a", '{"percent":1}'), ("b", '{"percent":2}')]
            assert await followed(made, picky) == [("b", '{"percent":2}')]
        nursery.cancel_scope.cancel()


async def test_a_long_poll_is_not_ended_by_them(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)

        async def disturb() -> None:
            while True:
                await trio.sleep(1)
                made.bus.publish(passing("a", 1))

        nursery.start_soon(disturb)
        began = trio.current_time()
        rows, page = await made.events.list(ADMIN, EventQuery(after=0, wait=20))
        assert (rows, page.cursor) == ([], 0)
        assert trio.current_time() - began >= 20
        nursery.cancel_scope.cancel()
