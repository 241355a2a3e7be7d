"""Pages out of the cache are what the database says, whatever has happened."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nimbus.db.pages import PageCache
from nimbus.fleet.nodes.records import NodePatch, NodeQuery
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import TaskQuery, TaskRequest
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import SystemMetrics
from nimbus.records.audit.records import AuditQuery
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Verifier
from tests.kit.records import ADMIN, facts, heartbeat, result
from tests.kit.slices import Slices, slices

NODES = ("a", "b", "c")
which = st.integers(0, 2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("beat"), which),
        st.tuples(st.just("label"), which),
        st.tuples(st.just("rename"), which),
        st.tuples(st.just("maintenance"), which),
        st.tuples(st.just("facts"), which),
        st.tuples(st.just("task"), which),
        st.tuples(st.just("dependent"), which),
        st.tuples(st.just("finish"), which),
        st.tuples(st.just("rotate"), which),
        st.tuples(st.just("delete"), which),
        st.tuples(st.just("workspace"), st.just(0)),
        st.tuples(st.just("look"), st.just(0)),
    ),
    max_size=30,
)


class Story:
    def __init__(self, world: Slices, nodes: list[Any]) -> None:
        self.world = world
        self.nodes = nodes
        self.trail = AuditTrail(
            world.database, Verifier(world.database, world.audit), world.organizations.reached, world.audit
        )
        self.number = 0
        self.tasks: list[str] = []
        everything = frozenset(Permission)
        self.actors = [
            ADMIN,
            Actor("user", "u-3", "in", access=Access(workspaces={world.workspace.id: everything})),
            Actor("user", "u-4", "out", access=Access(workspaces={"elsewhere": everything})),
        ]

    async def step(self, what: str, which: int) -> None:
        self.number += 1
        node = self.nodes[which]
        if node is None and what not in ("workspace", "look"):
            return
        await getattr(self, what)(node, which)

    async def beat(self, node: Any, _which: int) -> None:
        metrics = SystemMetrics(cpu_percent=self.number)
        self.world.presence.heartbeat(node.id, heartbeat(metrics=metrics))
        await self.world.presence.flush()

    async def patch(self, node: Any, **fields: Any) -> None:
        await self.world.nodes.change(ADMIN, Target(node.id), NodePatch(**fields))

    async def label(self, node: Any, _which: int) -> None:
        await self.patch(node, labels={"number": str(self.number)})

    async def rename(self, node: Any, _which: int) -> None:
        await self.patch(node, name=f"n{self.number}")

    async def maintenance(self, node: Any, _which: int) -> None:
        await self.patch(node, maintenance=self.number % 2 == 0)

    async def facts(self, node: Any, _which: int) -> None:
        await self.world.database.write(
            lambda tx: self.world.nodes.update_facts(tx, node.id, facts(f"host-{self.number}"))
        )

    async def task(self, node: Any, _which: int, **fields: Any) -> None:
        request = TaskRequest(node=node.id, kind="collect_facts", **fields)
        self.tasks.append((await self.world.tasks.create(ADMIN, request)).id)

    async def dependent(self, node: Any, which: int) -> None:
        done = [
            view
            for task in self.tasks
            if (view := await self.world.tasks.show(ADMIN, Target(task))).state == "queued"
        ]
        await self.task(node, which, depends_on=[view.id for view in done[:2]])

    async def finish(self, node: Any, _which: int) -> None:
        def lease_and_finish(tx: Any) -> None:
            for task in self.world.delivery.lease(tx, node.id, frozenset(), Room(1))[0]:
                self.world.delivery.result(tx, node.id, task.id, result())

        await self.world.database.write(lease_and_finish)

    async def rotate(self, node: Any, _which: int) -> None:
        def insert_key(tx: Any) -> None:
            tx.execute(
                "INSERT INTO node_session_keys (id, node_id, role, sealed_secret, created_at)"
                " VALUES (?, ?, 'secondary', '', 0) ON CONFLICT DO NOTHING",
                (f"k{self.number}", node.id),
            )

        await self.world.database.write(insert_key)

    async def delete(self, node: Any, which: int) -> None:
        await self.world.database.write(lambda tx: self.world.nodes.remove(tx, node))
        self.nodes[which] = None

    async def workspace(self, _node: Any, _which: int) -> None:
        await self.world.database.write(
            lambda tx: tx.execute("UPDATE workspaces SET name = ?", (f"w{self.number}",))
        )

    async def look(self, _node: Any, _which: int) -> None:
        """Everything twice, as everybody: out of the caches, and out of the database alone."""
        seen = [await self.lists(actor) for actor in self.actors]
        pages = self.world.database._pages
        self.world.database._pages = PageCache()
        try:
            assert [await self.lists(actor) for actor in self.actors] == seen
        finally:
            self.world.database._pages = pages

    async def lists(self, actor: Actor) -> list[tuple[bytes, int]]:
        world = self.world
        found = []
        for per_page in (2, 100):
            found += [
                await world.nodes.list(actor, NodeQuery(per_page=per_page)),
                await world.nodes.list(actor, NodeQuery(per_page=per_page, sort="-last_seen_at")),
                await world.tasks.list(actor, TaskQuery(per_page=per_page)),
                await self.trail.list(actor, AuditQuery(per_page=per_page)),
            ]
        return [(bytes(listed.rows), listed.total) for listed in found]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_lists_are_what_the_database_says(
    tmp_path_factory: pytest.TempPathFactory, happened: list[tuple[str, int]]
) -> None:
    async def run() -> None:
        async with slices(tmp_path_factory.mktemp("story")) as world:
            story = Story(world, [await world.add_node(name) for name in NODES])
            for what, number in [*happened, ("look", 0)]:
                await story.step(what, number)

    trio.run(run)


async def test_a_commit_between_the_question_and_the_read_spoils_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The versions are taken, then somebody commits, then the read begins."""
    async with slices(tmp_path_factory.mktemp("race")) as world:
        node = await world.add_node("a")
        await world.nodes.list(ADMIN, NodeQuery(per_page=7))
        run = world.database._readers.pages.run

        async def late(work: Any) -> Any:
            world.database._readers.pages.run = run  # type: ignore[method-assign]
            await world.nodes.change(ADMIN, Target(node.id), NodePatch(labels={"new": "yes"}))
            return await run(work)

        world.database._readers.pages.run = late  # type: ignore[method-assign,assignment]
        for _ in range(2):
            listed = await world.nodes.list(ADMIN, NodeQuery(per_page=8))
            assert b'"new":"yes"' in bytes(listed.rows)
