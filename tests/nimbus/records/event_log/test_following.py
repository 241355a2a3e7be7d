"""Following the log: no gap, nothing twice, nothing that was undone, nothing that one may not see."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from nimbus.db import Transaction
from nimbus.db.retention import mark_clock
from nimbus.http.decoding import decode_query
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import ResourceChanged
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import Forbidden, NotFound
from nimbus.kernel.principals import AccessChanged
from nimbus.protocol.errors import NimbusError
from nimbus.records.event_log import hub as hub_module
from nimbus.records.event_log import store
from nimbus.records.event_log.follower import FellBehind, Follower
from nimbus.records.event_log.records import EventFilter, EventQuery, SocketQuery
from nimbus.records.event_log.service import EventRetention
from tests.kit.records import ADMIN, STRANGER
from tests.nimbus.records.audit.world import World, person, world

ALL = EventFilter()
BOTH = {Permission.AGENT_READ, Permission.EVENT_READ}


def change(number: int = 0, *, workspace_id: str | None = "w-1", kind: str = "node.state") -> ResourceChanged:
    return ResourceChanged(
        at=1,
        kind=kind,
        resource_kind="node",
        resource_id=f"n-{number}",
        resource_name=f"web-{number}",
        workspace_id=workspace_id,
        data={"number": number},
    )


async def emit_changes(made: World, *numbers: int, workspace_id: str | None = "w-1") -> None:
    def emit_all(tx: Transaction) -> None:
        for number in numbers:
            tx.emit(change(number, workspace_id=workspace_id))

    await made.database.write(emit_all)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "BATCH", 7)


@pytest.mark.parametrize("seed", range(12))
async def test_every_follower_gets_everything_once_and_in_order(tmp_path: Path, seed: int) -> None:
    """Writers, and followers that come, go, are cancelled and resume, all interleaved by the dice."""
    dice = random.Random(seed)
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        last = 300

        async def write() -> None:
            number = 1
            while number <= last:
                count = min(dice.choice((1, 1, 2, 5, 30)), last + 1 - number)
                await emit_changes(made, *range(number, number + count))
                number += count
                for _ in range(dice.randrange(4)):
                    await trio.lowlevel.checkpoint()

        async def follow(own: random.Random) -> None:
            seen: list[int] = []
            cursor = 0
            while not seen or seen[-1] < last:
                follower = Follower(made.hub, ADMIN, ALL, cursor)
                with made.hub.followed():
                    for _ in range(own.randrange(1, 12)):
                        with trio.move_on_after(own.choice((0, 0.001, math.inf))):
                            try:
                                step = await follower.next(made.hub.generation)
                            except FellBehind:
                                break
                            assert not step.reset
                            seen += [event.sequence for event in step.events]
                        cursor = follower.cursor
                        assert cursor >= (seen[-1] if seen else 0)
                        if seen and seen[-1] == last:
                            break
                for _ in range(own.randrange(3)):
                    await trio.lowlevel.checkpoint()
            assert seen == list(range(1, last + 1))

        with trio.fail_after(30):
            async with trio.open_nursery() as all_of_them:
                all_of_them.start_soon(write)
                for number in range(6):
                    all_of_them.start_soon(follow, random.Random(seed * 100 + number))
        nursery.cancel_scope.cancel()


async def test_what_was_undone_is_never_told(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made:

        def fails(tx: Transaction) -> None:
            tx.emit(change(99))
            raise RuntimeError

        async def attempt(number: int) -> None:
            if number % 3:
                await emit_changes(made, number)
                return
            with pytest.raises(RuntimeError):
                await made.database.write(fails)

        async with trio.open_nursery() as nursery:
            for number in range(60):
                nursery.start_soon(attempt, number)
        rows = await made.rows("SELECT sequence, resource_id FROM events ORDER BY sequence")
        assert [sequence for sequence, _ in rows] == list(range(1, 41))
        assert "n-99" not in {resource for _, resource in rows}


async def test_an_event_that_cannot_be_written_undoes_its_commit(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made:

        def emit_unwritable(tx: Transaction) -> None:
            tx.emit(
                ResourceChanged(at=1, kind="a.b", resource_kind="node", resource_id="n", data={"x": object()})
            )

        with pytest.raises(TypeError):
            await made.database.write(emit_unwritable)
        await emit_changes(made, 1)  # and the writer lives
        assert await made.rows("SELECT sequence FROM events") == [(1,)]


async def test_nobody_hears_of_what_they_may_not_see(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        heard: list[int] = []

        async def follow(actor: Actor) -> None:
            follower = Follower(made.hub, actor, ALL, 0)
            with made.hub.followed():
                while True:
                    step = await follower.next(made.hub.generation)
                    heard.extend(event.sequence for event in step.events)

        nursery.start_soon(follow, person(w_1=BOTH))
        await emit_changes(made, 1)
        await emit_changes(made, 2, workspace_id="w-2")
        await emit_changes(made, 3, workspace_id=None)
        await emit_changes(made, 4)
        with trio.fail_after(10):
            while len(heard) < 2:
                await trio.lowlevel.checkpoint()
        assert heard == [1, 4]
        listed, page = await made.events.list(person(w_1=BOTH), EventQuery())
        assert [one.cursor for one in listed] == [4, 1]
        assert (page.total, page.cursor) == (2, 4)
        with pytest.raises(Forbidden, match="event:read"):
            await made.events.list(STRANGER, EventQuery())
        with pytest.raises(Forbidden):
            await made.events.begin(STRANGER, SocketQuery())
        nursery.cancel_scope.cancel()


async def test_a_long_poll_waits_for_the_next(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        await emit_changes(made, 1, 2, 3)
        found, page = await made.events.list(ADMIN, EventQuery(after=1, wait=25))
        assert [one.cursor for one in found] == [2, 3]
        assert (page.cursor, page.reset) == (3, False)
        answers: list[list[int]] = []

        async def poll(actor: Actor) -> None:
            found, page = await made.events.list(actor, EventQuery(after=3, wait=25))
            answers.append([*(one.cursor for one in found), page.cursor])

        with trio.fail_after(10):
            async with trio.open_nursery() as polls:
                polls.start_soon(poll, ADMIN)
                polls.start_soon(poll, person(w_2=BOTH))
                while made.hub.recent(3) is None:
                    await trio.lowlevel.checkpoint()
                await emit_changes(made, 4)
                await emit_changes(made, 5, workspace_id="w-2")
        # The administrator hears of the first, and maybe of both at once.
        assert sorted(answers) in ([[4, 4], [5, 5]], [[4, 5, 5], [5, 5]])
        nursery.cancel_scope.cancel()


async def test_a_wait_ends_without_events(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        await emit_changes(made, 1)
        began = trio.current_time()
        found, page = await made.events.list(person(w_3=BOTH), EventQuery(after=0, wait=25))
        # The cursor has gone past what is hidden.
        assert (found, page.cursor, page.reset) == ([], 1, False)
        # Not less: the clock jumps on while threads work.
        assert trio.current_time() - began >= 25
        nursery.cancel_scope.cancel()


async def test_a_wait_ends_when_somebodys_access_changes(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        done = trio.Event()

        async def poll() -> None:
            found, page = await made.events.list(ADMIN, EventQuery(after=0, wait=30))
            assert (found, page.cursor) == ([], 0)
            done.set()

        nursery.start_soon(poll)
        with trio.fail_after(10):
            while made.hub.recent(0) is None:
                await trio.lowlevel.checkpoint()
            await made.database.write(lambda tx: tx.emit(AccessChanged()))
            await done.wait()
        nursery.cancel_scope.cancel()


async def test_a_commit_of_another_process_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LOOK_AGAIN_S", 0.05)
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)

        async def elsewhere() -> None:
            while made.hub.recent(0) is None:
                await trio.lowlevel.checkpoint()
            made.tamper(
                "UPDATE event_cursor SET newest = 1",
                "INSERT INTO events VALUES (1, 1, 'a.b', 'node', 'n', '', 'w-1', NULL, 'agent:read', '{}', 'n')",
            )

        nursery.start_soon(elsewhere)
        found, _ = await made.events.list(ADMIN, EventQuery(after=0, wait=30))
        assert [one.cursor for one in found] == [1]
        nursery.cancel_scope.cancel()


async def test_an_old_cursor_is_told_to_begin_anew(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        await emit_changes(made, *range(1, 31))
        retention = EventRetention(made.database, made.clock, hours=10**6, keep=10)
        assert await retention.prune() == 20
        for cursor, reset in ((0, True), (19, True), (20, False), (30, False), (31, True), (2**61, True)):
            found, page = await made.events.list(ADMIN, EventQuery(after=cursor, wait=0))
            assert (page.reset, page.cursor) == (reset, 30), cursor
            assert [one.cursor for one in found] == ([] if reset else list(range(cursor + 1, 31)))
            follower = Follower(made.hub, ADMIN, ALL, cursor)
            if cursor != 30:
                with made.hub.followed(), trio.fail_after(10):
                    step = await follower.next(made.hub.generation)
                assert step.reset is reset
                assert follower.cursor == (30 if reset else min(30, cursor + 7))
        nursery.cancel_scope.cancel()


async def test_who_does_not_keep_up_is_let_go_and_resumes(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        slow = Follower(made.hub, ADMIN, ALL, 0)
        seen: list[int] = []

        async def write(first: int, last: int) -> None:
            await emit_changes(made, *range(first, last + 1))
            with trio.fail_after(10):
                while made.hub.recent(last) is None or made.hub.recent(last - 1) == []:
                    await trio.lowlevel.checkpoint()

        async def read(follower: Follower, last: int) -> None:
            with trio.fail_after(10):
                while follower.cursor < last:
                    seen.extend(event.sequence for event in (await follower.next(made.hub.generation)).events)

        with made.hub.followed():
            async with trio.open_nursery() as waiting:
                waiting.start_soon(read, slow, 1)
                while made.hub.recent(0) is None:
                    await trio.lowlevel.checkpoint()
                await emit_changes(made, 1)
            # More than the window of 40 holds, at once, is no reason: the rest comes from the database.
            await write(2, 201)
            await read(slow, 201)
            # More than 250 behind is.
            await write(202, 402)
            await write(403, 502)
            with pytest.raises(FellBehind):
                await slow.next(made.hub.generation)
            assert slow.cursor == 201
            await read(Follower(made.hub, ADMIN, ALL, slow.cursor), 502)
        assert seen == list(range(1, 503))
        nursery.cancel_scope.cancel()


async def test_nothing_is_read_while_nobody_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0
    real = store.after

    def counted(tx: Transaction, cursor: int, limit: int) -> list[object]:
        nonlocal reads
        reads += 1
        return real(tx, cursor, limit)  # type: ignore[return-value]

    monkeypatch.setattr(store, "after", counted)
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        for number in range(20):
            await emit_changes(made, number)
        assert reads == 0
        followers = [Follower(made.hub, ADMIN, ALL, 20) for _ in range(50)]
        with made.hub.followed():
            async with trio.open_nursery() as waiting:
                for follower in followers:
                    waiting.start_soon(follower.next, made.hub.generation)
                with trio.fail_after(10):
                    while made.hub.recent(20) is None:
                        await trio.lowlevel.checkpoint()
                await trio.testing.wait_all_tasks_blocked(0.05)
                before = reads
                await emit_changes(made, 21)
            # Once for all fifty, and once more to see that it was all.
            assert reads - before <= 2
        nursery.cancel_scope.cancel()


async def test_events_go_by_age_from_the_oldest(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made:
        for number in range(3):
            await made.record(10)
            made.clock.advance(3600)
            assert number < 3
        retention = EventRetention(made.database, made.clock, hours=1.5)
        assert await retention.prune() == 0, "nobody was there hours ago who vouches for the clock"
        await made.database.write(lambda tx: mark_clock(tx, made.clock.now() - from_seconds(7 * 3600)))
        assert await retention.prune() == 21  # with the one that says that the chain begins
        assert await retention.prune() == 0
        [(count, first)] = await made.rows("SELECT COUNT(*), MIN(sequence) FROM events")
        assert (count, first) == (10, 22)
        made.clock.jump(30 * 86_400)
        assert await retention.prune() == 0
        made.clock.jump(-30 * 86_400)
        made.clock.advance(7200)
        assert await retention.prune() == 10
        await emit_changes(made, 1)
        assert await made.rows("SELECT sequence FROM events") == [(32,)]


async def test_filters_and_workspaces(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made:
        home = await made.database.write(made.organizations.ensure_default)
        await emit_changes(made, 1)
        await emit_changes(made, 2, workspace_id=home.id)

        async def cursors(actor: Actor = ADMIN, workspace: str = "", **query: object) -> list[int]:
            found, _ = await made.events.list(actor, EventQuery(**query), workspace)  # type: ignore[arg-type]
            return [one.cursor for one in found]

        assert await cursors() == [2, 1]
        assert await cursors(sort="cursor") == [1, 2]
        assert await cursors(workspace="default/default") == [2]
        assert await cursors(resource="web-1") == [1]
        assert await cursors(kind="node.*", resource="n-2") == [2]
        assert await cursors(kind="node.update") == []
        assert await cursors(after=0, per_page=1) == [1]
        with pytest.raises(NotFound):
            await cursors(workspace="nowhere")
        with pytest.raises(NotFound):
            await cursors(person(w_2=BOTH), workspace="default")


@pytest.mark.parametrize(
    "arguments",
    [
        {"nonsense": "1"},
        {"after": "-1"},
        {"after": "x"},
        {"after": "99999999999999999999"},
        {"after": ""},
        {"wait": "10"},
        {"after": "1", "wait": "31"},
        {"after": "1", "wait": "-1"},
        {"after": "1", "wait": "nan"},
        {"after": "1", "page": "2"},
        {"after": "1", "sort": "cursor"},
        {"sort": "kind"},
        {"page": "-1"},
        {"per_page": "0"},
    ],
)
def test_hostile_queries(arguments: dict[str, str]) -> None:
    with pytest.raises(NimbusError) as caught:
        decode_query(arguments, EventQuery)
    assert caught.value.code == "VALIDATION_ERROR"


async def test_a_commit_between_the_look_and_the_joining_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LOOK_AGAIN_S", math.inf)
    async with world(tmp_path, prepared=False) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.hub.run)
        real = made.hub.read
        told = False

        async def read(cursor: int) -> Any:
            nonlocal told
            found = await real(cursor)
            if not told:
                told = True
                await emit_changes(made, 1)
                # The hub has been woken, and has gone back to sleep: nobody follows as far as it knows.
                await trio.testing.wait_all_tasks_blocked(0.05)
            return found

        monkeypatch.setattr(made.hub, "read", read)
        follower = Follower(made.hub, ADMIN, ALL, 0)
        with made.hub.followed(), trio.fail_after(10):
            step = await follower.next(made.hub.generation)
        assert [event.sequence for event in step.events] == [1]
        nursery.cancel_scope.cancel()
