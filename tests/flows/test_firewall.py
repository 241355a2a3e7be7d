"""The firewall from a resource's order to the node and back: a real control plane, a real agent in the same process
with an nft that is a fake, and a simulated kind of task that opens a port once its rule is there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from agent.app import run_agent
from agent.operations.context import Context
from agent.operations.registry import HANDLERS
from nimbus.composition import appliance
from nimbus.composition.fleet import Fleet
from nimbus.db import Transaction
from nimbus.fleet.firewall.records import Opening
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.tasks.records import TaskRequest
from nimbus.kernel.errors import ValidationError
from nimbus.protocol.kinds import KINDS, TaskKind
from tests.agent.firewall.test_applier import FakeNft
from tests.kit.agent_client import joined_agent
from tests.kit.cli import command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.records import ADMIN

OVERLAY = Opening("tcp", 2377, 2377, ("overlay",))


class OpenPort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the simulated kind."""

    resource: str


class World:
    """`fleet` is what later slices have: they call `allow` in the transaction of their order."""

    def __init__(self, plane: ControlPlane, fleet: Fleet, nft: FakeNft, node_id: str) -> None:
        self.plane, self.fleet, self.nft, self.node_id = plane, fleet, nft, node_id
        self.seen: list[list[str]] = []

    async def write(self, work: Any) -> Any:
        def with_node(tx: Transaction) -> Any:
            return work(tx, self.fleet.nodes.get(tx, self.node_id))

        return await self.fleet._foundation.database.write(with_node)

    @property
    def comments(self) -> list[str]:
        return [value["comment"] for kind, value in self.nft.table if kind == "rule"]

    async def node(self) -> Any:
        return await self.plane.get(f"/api/v1/nodes/{self.node_id}")

    async def until_applied(self, revision: int) -> None:
        async def is_applied() -> bool:
            return bool((await self.node())["revisions"].get("firewall", 0) == revision)

        await eventually_so(is_applied, f"the node has revision {revision}")


@asynccontextmanager
async def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    fleets: list[Fleet] = []

    class Kept(Fleet):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            fleets.append(self)

    nft = FakeNft()
    monkeypatch.setattr(appliance, "Fleet", Kept)
    monkeypatch.setattr("agent.app.Nft", lambda: nft)
    monkeypatch.setitem(KINDS, "open_port", TaskKind("open_port", "Open a port.", OpenPort))
    async with control_plane(folder) as plane:
        agent = await joined_agent(folder / "web-1", await plane.token(name="web-1"))
        made = World(plane, fleets[0], nft, agent.node_id)

        async def open_port(context: Context, parameters: OpenPort) -> Any:
            # As it is when the task begins: nothing has to be waited for.
            made.seen.append(made.comments)
            assert context.firewall is not None
            await context.firewall.require(parameters.resource)
            return {"opened": True}

        monkeypatch.setitem(HANDLERS, "open_port", open_port)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_agent, agent.directory)
            yield made
            nursery.cancel_scope.cancel()


async def test_the_rule_is_there_before_the_port_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:

        def order(tx: Transaction, node: Node) -> str:
            request = TaskRequest(node=node.id, kind="open_port", parameters={"resource": "swarm/a"})
            task = w.fleet.tasks.add(tx, ADMIN, node, request)
            w.fleet.firewall.allow(tx, ADMIN, node, "swarm/a", [OVERLAY])
            return task.id

        task_id = await w.write(order)

        async def has_succeeded() -> bool:
            return bool((await w.plane.get(f"/api/v1/tasks/{task_id}"))["state"] == "succeeded")

        await eventually_so(has_succeeded, "the port is opened")
        assert ["swarm/a" in seen or "others" in seen for seen in w.seen] == [True]
        await w.until_applied(1)
        [rule] = await w.plane.get("/api/v1/firewall", node="web-1")
        assert (rule["resource"], rule["sources"], rule["applied"]) == ("swarm/a", ["overlay"], True)
        checks = {check["name"]: check["healthy"] for check in (await w.node())["checks"]}
        assert checks["firewall"]
        # The same again is no news.
        await w.write(lambda tx, node: w.fleet.firewall.allow(tx, ADMIN, node, "swarm/a", [OVERLAY]))
        await w.write(lambda tx, node: w.fleet.firewall.withdraw(tx, ADMIN, node, "swarm/a"))
        await w.until_applied(2)
        assert w.nft.table == []
        assert await w.plane.get("/api/v1/firewall") == []
        actions = [row["action"] for row in await w.plane.get("/api/v1/audit-log", action="firewall.*")]
        assert sorted(actions) == ["firewall.allow", "firewall.withdraw"]


async def test_what_cannot_be_set_is_a_degraded_node_and_a_failed_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.firewall.applier.PATIENCE_S", 0.2)
    async with world(tmp_path, monkeypatch) as w:
        w.nft.failure = "nft is not installed. Install it: apt-get install nftables"

        def order(tx: Transaction, node: Node) -> str:
            w.fleet.firewall.allow(tx, ADMIN, node, "swarm/a", [OVERLAY])
            request = TaskRequest(
                node=node.id, kind="open_port", parameters={"resource": "swarm/a"}, max_attempts=1
            )
            return w.fleet.tasks.add(tx, ADMIN, node, request).id

        task_id = await w.write(order)

        async def is_degraded() -> bool:
            node = await w.node()
            return node["state"] == "Degraded" and any(
                "apt-get install nftables" in check["message"] for check in node["checks"]
            )

        await eventually_so(is_degraded, "the node is degraded, and says why")

        async def has_failed() -> bool:
            task = await w.plane.get(f"/api/v1/tasks/{task_id}")
            return bool(task["state"] == "failed" and task["error"]["code"] == "FIREWALL")

        await eventually_so(has_failed, "the task fails instead of opening an unguarded port")
        w.nft.failure = ""
        await w.until_applied(1)
        assert "others" in w.comments


async def test_the_command_line_and_what_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        cli = command_line_of(w.plane, tmp_path, monkeypatch, capsys)
        assert "No node opens a port" in (await cli("firewall", "list"))[2]
        wide = Opening("udp", 9000, 9010, ("192.0.2.0/24",))
        await w.write(lambda tx, node: w.fleet.firewall.allow(tx, ADMIN, node, "bucket/b", [OVERLAY, wide]))
        status, out, _ = await cli("firewall", "list", "--node", "web-1")
        assert (status, "9000-9010/udp" in out, "192.0.2.0/24" in out, "2377/tcp" in out) == (
            0,
            True,
            True,
            True,
        )
        assert (
            len(json.loads((await cli("firewall", "list", "--resource", "bucket/b", "-o", "json"))[1])) == 2
        )
        assert (await cli("firewall", "list", "--node", "nobody"))[0] == 4
        for openings in ([], [Opening("tcp", 0, 1, ("overlay",))], [Opening("tcp", 1, 1, ("; drop",))]):
            with pytest.raises(ValidationError):
                await w.write(
                    lambda tx, node, o=openings: w.fleet.firewall.allow(tx, ADMIN, node, "bucket/b", o)
                )
        # A node that is deleted takes its rules along.
        await w.plane.call(lambda client: client.delete(f"/api/v1/nodes/{w.node_id}"))
        assert await w.plane.get("/api/v1/firewall") == []


async def test_a_node_that_joins_again_is_told_of_the_rules_that_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        await w.write(lambda tx, node: w.fleet.firewall.allow(tx, ADMIN, node, "swarm/a", [OVERLAY]))
        await w.until_applied(1)
        token = await w.plane.post(f"/api/v1/nodes/{w.node_id}/tokens", {})
        again = await joined_agent(tmp_path / "set-up-anew", token["token"])
        assert again.node_id == w.node_id
        assert w.fleet.firewall.revision_of(w.node_id) == 1
