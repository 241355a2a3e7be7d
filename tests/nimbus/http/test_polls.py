"""Long polls and the mesh section, on a real database, without connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from nimbus.db import Transaction
from nimbus.fleet.mesh.policy import store as policy_store
from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyRule, StoredPolicy
from nimbus.fleet.mesh.reconcile import MeshReconciler
from nimbus.fleet.mesh.sought import LIFETIME_S, Sought
from nimbus.fleet.nodes.instances import Instances
from nimbus.http.agent_paths import AgentPaths
from nimbus.http.agents.messages import AgentRequest
from nimbus.http.polls import WAVE, Polls
from nimbus.kernel.errors import Forbidden, NotFound, ValidationError
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from tests.kit.database import writer_connection
from tests.kit.exchange import Exchange
from tests.kit.records import ADMIN, heartbeat, mesh_key, mesh_peer
from tests.kit.slices import Slices, slices


class World:
    def __init__(self, joined: Slices, nursery: trio.Nursery) -> None:
        self.slices = joined
        self.sought = Sought(joined.bus, joined.publication.places.may_meet)
        self.polls = Polls(
            joined.database, joined.dispatch, joined.delivery, joined.publication, sought=self.sought
        )
        self.polls.subscribe(joined.bus)
        self.paths = AgentPaths(
            joined.database,
            joined.presence,
            joined.dispatch,
            joined.delivery,
            joined.members,
            joined.publication,
            self.polls,
            joined.enrolment,
            lambda: joined.clock.now() / 1e6,
            nursery,
            instances=Instances(joined.clock, 10.0),
        )
        self.reconciler = MeshReconciler(joined.database, joined.members, joined.publication, None, None)
        self.reconciler.subscribe(joined.bus)

    async def publish(self) -> None:
        await self.reconciler.start()

    async def put(self, *names: str) -> None:
        def put_all(tx: Transaction) -> None:
            for name in names:
                self.slices.members.put(tx, mesh_peer(name))

        await self.slices.database.write(put_all)

    def send(self, exchange: Exchange, method: str, target: str, body: Any = None) -> AgentRequest:
        """As the listener: an answer at once, or later by the exchange."""
        request = exchange.request(method, target, body)
        response = self.paths.handle(request)
        if response is not None:
            exchange.reply(request, response)
        return request

    async def poll(self, node_id: str, query: str = "wait=25") -> tuple[Exchange, AgentRequest]:
        exchange = Exchange(node_id)
        request = self.send(exchange, "GET", f"/v1/internal/tasks/{node_id}?{query}")
        await exchange.settled()
        return exchange, request

    async def mesh(self, node_id: str, revision: int) -> Exchange:
        exchange = Exchange(node_id)
        self.send(exchange, "GET", f"/v1/internal/desired/{node_id}/mesh?revision={revision}")
        await exchange.settled()
        return exchange


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with slices(folder, mesh=True) as joined, trio.open_nursery() as nursery:
        made = World(joined, nursery)
        nursery.start_soon(made.polls.run)
        yield made
        nursery.cancel_scope.cancel()


async def test_a_poll_with_nothing_to_fetch_is_parked_and_ends_empty(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        exchange, request = await w.poll(node.id)
        assert (exchange.answers, len(w.polls)) == ([], 1)
        exchange.end(request)
        assert exchange.answer == {
            "protocol": 1,
            "generation": 0,
            "revisions": {"mesh": 0},
            "tasks": [],
            "cancel": [],
        }
        assert len(w.polls) == 0
        exchange, request = await w.poll(node.id)
        exchange.go_away(request)
        assert len(w.polls) == 0
        exchange, _ = await w.poll(node.id, "wait=0")
        assert exchange.answer["tasks"] == []


async def test_a_parked_poll_is_woken_for_its_node_only(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node, other = await w.slices.add_node(), await w.slices.add_node("web-2")
        mine, _ = await w.poll(node.id)
        theirs, _ = await w.poll(other.id)
        mine.parked = None
        task = await w.slices.add_task("web-1")
        await mine.settled()
        assert [leased["id"] for leased in mine.answer["tasks"]] == [task.id]
        assert theirs.answers == []


async def test_a_second_poll_takes_the_firsts_place(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        first, first_request = await w.poll(node.id)
        second, _ = await w.poll(node.id)
        assert len(w.polls) == 1
        first.end(first_request)
        assert len(w.polls) == 1
        second.parked = None
        await w.slices.add_task("web-1")
        await second.settled()
        assert len(second.answer["tasks"]) == 1


async def test_what_was_leased_to_a_connection_that_is_gone_is_delivered_again(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        gone, request = await w.poll(node.id)
        await w.slices.add_task("web-1")
        request.closed = True
        gone.parked = None
        await gone.settled()
        again, _ = await w.poll(node.id)
        assert again.answer["tasks"] == gone.answer["tasks"] != []


async def test_a_task_in_excess_of_the_capacity_waits(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        made = [await w.slices.add_task("web-1") for _ in range(3)]
        exchange, _ = await w.poll(node.id, "wait=25&capacity=2")
        held = [task["id"] for task in exchange.answer["tasks"]]
        assert len(held) == 2
        full, _ = await w.poll(node.id, f"wait=25&capacity=0&held={','.join(held)}")
        assert full.answers == []
        rest, _ = await w.poll(node.id, f"wait=25&capacity=2&held={','.join(held)}")
        assert {*held, rest.answer["tasks"][0]["id"]} == {task.id for task in made}


async def test_a_change_of_the_mesh_travels_in_the_answer(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.put("a")
        await w.publish()
        current, _ = await w.poll("a", "wait=25&mesh=1")
        behind, _ = await w.poll("a", "wait=25&mesh=0")
        assert current.answers == []
        assert behind.answer["mesh"]["revision"] == 1
        waiting, _ = await w.poll("a", "wait=25&mesh=1")
        waiting.parked = None
        await w.put("b")
        await w.publish()
        await waiting.settled()
        assert [peer["node_id"] for peer in waiting.answer["mesh"]["peers"]] == ["b"]


async def test_a_node_that_has_more_than_is_published_is_left_in_peace(tmp_path: Path) -> None:
    """It fetched a revision that the debounce, or a device that fails, still holds back."""
    async with world(tmp_path) as w:
        for name in ("a", "b"):
            await w.put(name)
            await w.publish()
        await w.put("c")
        fetched = await w.mesh("a", 0)
        assert fetched.answer["revision"] == 3
        again = await w.mesh("a", 3)
        assert [answer.status for answer in again.answers] == [304]
        poll, _ = await w.poll("a", "wait=25&mesh=3")
        assert poll.answers == []
        poll.parked = None
        await w.put("d")
        await w.publish()
        await poll.settled()
        assert poll.answer["revisions"] == {"mesh": 4}


async def test_a_node_from_the_future_of_a_restored_backup_gets_everything(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.put("a")
        await w.publish()
        fetched = await w.mesh("a", 99)
        assert (fetched.answer["since"], fetched.answer["revision"]) == (0, 1)


async def test_the_mesh_section(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        assert [answer.status for answer in (await w.mesh("a", 0)).answers] == [304]
        await w.put("a", "b")
        await w.publish()
        assert len((await w.mesh("a", 0)).answer["peers"]) == 2
        assert len((await w.mesh("a", 1)).answer["peers"]) == 1
        assert [answer.status for answer in (await w.mesh("a", 2)).answers] == [304]


async def test_who_is_no_member_is_told_of_nobody(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        await w.put("a")
        await w.publish()
        poll, _ = await w.poll(node.id, "wait=0&mesh=0")
        assert (poll.answer["revisions"], "mesh" in poll.answer) == ({"mesh": 0}, False)
        for revision in (0, 1, 99):
            fetched = await w.mesh(node.id, revision)
            assert [answer.status for answer in fetched.answers] == [304]


async def test_many_are_woken_in_waves(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        exchanges = [Exchange(new_id()) for _ in range(WAVE * 2 + 50)]
        peers = [
            mesh_peer(exchange.peer.node_id, f"10.105.{number // 250}.{number % 250}")
            for number, exchange in enumerate(exchanges)
        ]

        def put_all(tx: Transaction) -> None:
            for peer in peers:
                w.slices.members.put(tx, peer)

        await w.slices.database.write(put_all)
        await w.publish()
        known = len(exchanges)
        for exchange in exchanges:
            w.send(exchange, "GET", f"/v1/internal/tasks/{exchange.peer.node_id}?wait=25&mesh={known}")
        assert len(w.polls) == known
        await w.put("a")
        await w.publish()
        with trio.fail_after(10):
            while len(w.polls):
                await trio.lowlevel.checkpoint()
        assert {exchange.answer["mesh"]["revision"] for exchange in exchanges} == {known + 1}


async def test_a_cancelled_task_is_told_in_a_parked_poll(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        task = await w.slices.add_task("web-1")
        await w.poll(node.id)
        waiting, _ = await w.poll(node.id, f"wait=25&held={task.id}")
        waiting.parked = None
        await w.slices.tasks.cancel(ADMIN, Target(task.id))
        await waiting.settled()
        assert waiting.answer["cancel"] == [task.id]


@pytest.mark.parametrize(
    ("method", "target", "error"),
    [
        ("GET", "/v1/internal/tasks/other", Forbidden),
        ("GET", "/v1/internal/desired/other/mesh", Forbidden),
        ("GET", "/v1/internal/tasks/NODE?wait=x", ValidationError),
        ("GET", "/v1/internal/tasks/NODE?mesh=-1", ValidationError),
        ("GET", "/v1/internal/tasks/NODE?capacity=" + "9" * 40, ValidationError),
        ("GET", "/v1/internal/desired/NODE/mesh?revision=1.5", ValidationError),
        ("GET", "/v1/ca", NotFound),
        ("GET", "/v1/internal/", NotFound),
        ("DELETE", "/v1/internal/tasks/NODE", NotFound),
        ("GET", "/v1/internal/desired/NODE/mesh/x", NotFound),
        ("POST", "/v1/internal/heartbeat/", NotFound),
    ],
)
async def test_what_is_refused_at_once(
    tmp_path: Path, method: str, target: str, error: type[Exception]
) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        with pytest.raises(error):
            w.send(Exchange(node.id), method, target.replace("NODE", node.id))


@pytest.mark.sqlite
async def test_a_write_that_fails_is_answered_with_its_status(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        task = await w.slices.add_task("web-1")
        await w.poll(node.id)
        connection = writer_connection(w.slices.database)
        connection.execute("PRAGMA query_only = ON")
        exchange = Exchange(node.id)
        w.send(exchange, "POST", f"/v1/internal/tasks/{task.id}/result", {"attempt": 1, "outcome": "failed"})
        await exchange.settled()
        assert exchange.answers[0].status in (500, 507)
        connection.execute("PRAGMA query_only = OFF")
        exchange = Exchange(node.id)
        w.send(exchange, "POST", f"/v1/internal/tasks/{task.id}/result", {"attempt": 1, "outcome": "failed"})
        await exchange.settled()
        assert exchange.answers[0].status == 204


async def test_a_heartbeat_confirms_what_the_node_has(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        task = await w.slices.add_task("web-1")
        await w.poll(node.id)
        w.slices.clock.advance(25)
        exchange = Exchange(node.id)
        w.send(exchange, "POST", "/v1/internal/heartbeat", heartbeat(running=(task.id, "unknown")))
        assert exchange.answers[0].status == 200
        w.slices.clock.advance(25)
        await w.slices.dispatch._expire_leases()
        assert (await w.slices.tasks.show(ADMIN, Target(task.id))).state == "running"


async def test_a_node_is_told_at_once_who_seeks_it_within_its_own_organization(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.put("a", "b")
        await w.publish()
        parked, _ = await w.poll("b", "wait=25&mesh=2")
        assert parked.answers == []
        w.sought.hear("a", heartbeat(sought=("b", "a", "nobody")))
        assert parked.answer["sought_by"] == ["a"]
        # Told once; while it has no poll it is kept for a moment.
        again, request = await w.poll("b", "wait=25&mesh=2")
        again.end(request)
        assert "sought_by" not in again.answer
        w.sought.hear("a", heartbeat(sought=("b",)))
        w.sought.hear("stranger", heartbeat(sought=("b",)))
        late, _ = await w.poll("b", "wait=25&mesh=2")
        assert late.answer["sought_by"] == ["a"]


async def test_who_was_sought_long_ago_is_not_disturbed(
    tmp_path: Path, mock_clock: trio.testing.MockClock
) -> None:
    async with world(tmp_path) as w:
        await w.put("a", "b")
        await w.publish()
        w.sought.hear("a", heartbeat(sought=("b",)))
        mock_clock.jump(LIFETIME_S + 1)
        assert not w.sought.waits_for("b")
        assert w.sought.take("b") == ()


async def test_who_is_kept_apart_for_what_it_cannot_do_is_told_so(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        able, older = await w.slices.add_node("able"), await w.slices.add_node("older")
        for number, node in enumerate((able, older), 2):
            peer = mesh_peer(node.id, f"10.106.103.{number}", public_key=mesh_key(number))
            await w.slices.database.write(lambda tx, peer=peer: w.slices.members.put(tx, peer))  # type: ignore[misc]

        async def beats() -> list[Any]:
            """As they beat, before and after it is stored."""
            await w.publish()
            answers = []
            for node, keeps in ((able, True), (older, False)):
                exchange = Exchange(node.id)
                w.send(exchange, "POST", "/v1/internal/heartbeat", heartbeat(keeps_ports=keeps))
                answers.append(exchange.answer.get("kept_apart"))
            await w.slices.presence.flush()
            return answers

        assert await beats() == [None, None]
        shell = PolicyRule("shell", "allow", ports=("tcp/22",))
        policy = StoredPolicy(MeshPolicy("deny", (shell,)), 1, 1, "x")
        organization = w.slices.workspace.organization_id
        await w.slices.database.write(lambda tx: policy_store.save(tx, organization, policy))
        assert await beats() == [None, True]
