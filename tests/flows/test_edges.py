"""Edges from the order to the node and back: a real control plane, and fake edges on the agents' listener."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from nimbus.composition import appliance
from nimbus.composition.edge import EdgeWing
from nimbus.db import Transaction
from nimbus.edge.sections.records import Entry, EntryKind, FileBody, UpstreamBody
from nimbus.edge.sections.service import digest_of
from nimbus.edge.virtual_hosts.configuration import Listen
from nimbus.protocol.edge import (
    ChallengeAnswer,
    EdgeCertificate,
    EdgeUpstream,
    NginxState,
    ServerHealth,
    UpstreamTarget,
)
from tests.kit.cli import command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.fake_edge import NGINX, FakeEdge
from tests.kit.polling import eventually_so

TEXT = "server { listen 80; server_name a.example; }\n"


class World:
    """`wing` is what the deployments have: they change sections in the transactions of their orders."""

    def __init__(self, plane: ControlPlane, wing: EdgeWing) -> None:
        self.plane, self.wing = plane, wing

    async def edge(self, name: str = "web-1", **request: Any) -> FakeEdge:
        agent = await self.plane.agent(name)
        await self.plane.post("/api/v1/edges", {"node": name, **request})
        return FakeEdge(agent)

    async def write(self, work: Any) -> Any:
        return await self.wing.sections._database.write(work)


@asynccontextmanager
async def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    wings: list[EdgeWing] = []

    class Kept(EdgeWing):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            wings.append(self)

    monkeypatch.setattr(appliance, "EdgeWing", Kept)
    with trio.fail_after(60):
        async with control_plane(folder) as plane:
            yield World(plane, wings[0])


def host(name: str = "a", text: str = TEXT, version: int = 1) -> Entry:
    body = FileBody((Listen(80, False, False, False),), ((f"{name}.example", 80),))
    return Entry(
        kind=EntryKind.FILE,
        name=f"host-{name}",
        owner=f"virtual_host/{name}",
        version=version,
        sha256=digest_of(text),
        body=msgspec.json.encode(body).decode(),
    )


def pool(node_id: str) -> Entry:
    told = EdgeUpstream(
        "pool", "upstream/p", 1, (UpstreamTarget("10.90.0.2:8080"), UpstreamTarget("x.example:80"))
    )
    body = msgspec.json.encode(UpstreamBody(told, (node_id, ""))).decode()
    return Entry(kind=EntryKind.UPSTREAM, name="pool", owner="upstream/p", version=1, body=body)


async def test_an_edge_is_told_what_is_new_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        edge, other = await w.edge(), await w.plane.agent("web-2")
        assert await edge.settle()
        assert edge.document.generation == edge.revision == 1
        assert "generation.sock" in edge.document.head
        # It says what it has: the head is written for that.
        await edge.say()
        assert await edge.settle()
        before = edge.revision

        def deploy(tx: Transaction) -> int:
            w.wing.sections.keep_texts(tx, [TEXT])
            return w.wing.sections.change(tx, edge.agent.node_id, [host(), pool(other.node_id)])

        assert await w.write(deploy) == before + 1
        answer = await edge.agent.poll(edge=edge.revision)
        assert answer.revisions["edge"] == before + 1
        assert await edge.settle()
        assert edge.was_whole == [True, False, False]
        assert [(file.name, file.owner) for file in edge.document.files] == [("host-a", "virtual_host/a")]
        assert edge.texts == {digest_of(TEXT): TEXT}
        assert "listen 80 default_server;" in edge.document.head
        assert not await edge.settle()
        # Nobody else is given its texts, its section, or what is not to be served there.
        stolen = await other.request("POST", "/edge/texts", {"sha256": [digest_of(TEXT)]})
        assert stolen.status == 404
        assert (await other.request("GET", f"/desired/{edge.agent.node_id}/edge")).status == 403
        assert (await edge.agent.request("GET", "/edge/certificates/c1/1")).status == 404
        assert (await edge.agent.request("POST", "/edge/texts", {"sha256": ["0"] * 201})).status == 422
        assert (await edge.agent.request("POST", "/edge/report", b"[1]")).status in (400, 422)
        # What changes costs the same with many hosts as with one.
        many = [host(f"h{number}", f"# {number}\n") for number in range(300)]

        def fill(tx: Transaction) -> None:
            w.wing.sections.keep_texts(tx, [f"# {number}\n" for number in range(300)])
            w.wing.sections.change(tx, edge.agent.node_id, many)

        await w.write(fill)
        with pytest.raises(AssertionError):
            await edge.settle()  # 300 texts in one request are too many
        small = edge.sizes[2]

        def again(tx: Transaction) -> None:
            w.wing.sections.keep_texts(tx, ["# other\n"])
            w.wing.sections.change(
                tx, edge.agent.node_id, [host("a", "# other\n", 2), pool(other.node_id)], []
            )

        await w.write(again)
        edge.texts = {digest_of(f"# {number}\n"): "" for number in range(300)}
        assert await edge.settle()
        assert edge.sizes[-1] <= small


async def test_servers_on_nodes_are_drained_and_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nimbus.edge.sections.draining.MAINTENANCE_S", 0.0)
    monkeypatch.setattr(
        "nimbus.edge.sections.draining._PATIENCE_S", {"maintenance": 0.0, "offline": 0.0, "": 0.0}
    )
    async with world(tmp_path, monkeypatch) as w:
        edge, other = await w.edge(), await w.plane.agent("web-2")
        await other.beat()
        await w.write(lambda tx: w.wing.sections.change(tx, edge.agent.node_id, [pool(other.node_id)]))

        async def are_drained(wanted: list[bool]) -> None:
            async def so() -> bool:
                await other.beat()
                await edge.settle()
                [found] = edge.document.upstreams
                return [server.drained for server in found.servers] == wanted

            await eventually_so(so, f"drained: {wanted}")

        node = f"/api/v1/nodes/{other.node_id}"
        await are_drained([False, False])
        await w.plane.call(lambda client: client.patch(node, {"maintenance": True}))
        await are_drained([True, False])
        await w.plane.call(lambda client: client.patch(node, {"maintenance": False}))
        await are_drained([False, False])
        # Whoever gets the address of a deleted node is another one.
        await w.plane.call(lambda client: client.delete(node))
        await edge.settle()
        [found] = edge.document.upstreams
        assert [server.drained for server in found.servers] == [True, False]
        # An edge that is deleted takes all of its own along.
        await w.plane.call(lambda client: client.delete(f"/api/v1/nodes/{edge.agent.node_id}"))
        assert await w.plane.get("/api/v1/edges") == []


async def test_what_an_edge_says_is_shown_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        cli = command_line_of(w.plane, tmp_path, monkeypatch, capsys)
        assert "No node serves as an edge" in (await cli("edge", "list"))[2]
        agent = await w.plane.agent("web-1")
        assert (await cli("edge", "show", "web-1"))[0] == 4
        status, out, _ = await cli("edge", "add", "web-1", "--mode", "standalone", "--resolver", "192.0.2.53")
        assert (status, "web-1 is an edge" in out) == (0, True)
        assert (await cli("edge", "add", "web-1"))[0] != 0
        assert (await cli("edge", "set", "web-1", "--resolver", "x;y"))[0] != 0
        edge = FakeEdge(agent)
        await edge.settle()
        assert (edge.document.settings.mode, edge.document.settings.resolvers) == (
            "standalone",
            ("192.0.2.53",),
        )

        def serve(tx: Transaction) -> None:
            w.wing.sections.keep_texts(tx, [TEXT])
            w.wing.sections.change(tx, agent.node_id, [host(), pool("nobody")])

        await w.write(serve)
        await edge.settle()
        await edge.say(drift={"host-a.conf": "server {}\n", "z.conf": "foreign\n"})
        await edge.settle()
        await edge.beat()
        down = ServerHealth("pool", "x.example:80", False, problem="connection refused")
        stopped = NginxState(version_text=NGINX.version_text, problem="killed")
        await edge.say(nginx=stopped, servers=(down,))
        shown = await w.plane.get("/api/v1/edges/web-1")
        assert (shown["nginx"], shown["nginx_version"], shown["problem"]) == ("stopped", "1.26.3", "killed")
        assert (shown["deployed"], shown["servers_down"], shown["servers"][0]["problem"]) == (
            1,
            1,
            "connection refused",
        )
        entries = await w.plane.get("/api/v1/audit-log", action="edge.*")
        assert [row["action"] for row in reversed(entries) if row["outcome"] == "ok"] == [
            "edge.create",
            "edge.drifted",
            "edge.nginx_stopped",
            "edge.server_down",
        ]
        await edge.say(drift={"host-a.conf": "server {}\n"})
        status, out, _ = await cli("edge", "drift", "web-1")
        assert (status, "-server { listen 80" in out, "+server {}" in out) == (1, True, True)
        assert "running 1.26.3" in (await cli("edge", "list"))[1]
        assert "192.0.2.53" in (await cli("edge", "show", "web-1"))[1]
        async with trio.open_nursery() as nursery:

            async def answer() -> None:
                while not await edge.work():
                    await trio.sleep(0.02)

            nursery.start_soon(answer)
            assert (await cli("edge", "nginx", "web-1", "reload"))[0] == 0
        assert (await cli("edge", "remove", "web-1", "--yes"))[0] == 0
        await edge.settle()
        assert (edge.document.generation, edge.document.files, edge.document.head) == (0, (), "")
        # What it says then is of no interest.
        await edge.say()
        assert json.loads((await cli("edge", "list", "-o", "json"))[1]) == []


async def test_certificates_and_challenges_reach_those_who_serve_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as w:
        edge, other = await w.edge(), await w.edge("web-2")
        first = EdgeCertificate("c1", 1, "c1", "0a", ("a.example",))
        entry = Entry(
            kind=EntryKind.CERTIFICATE, name="c1", version=1, body=msgspec.json.encode(first).decode()
        )
        await w.write(lambda tx: w.wing.sections.change(tx, edge.agent.node_id, [entry]))
        renewed = msgspec.structs.replace(first, version=2, serial="0b")
        told = await w.write(lambda tx: w.wing.sections.certificate_changed(tx, renewed))
        assert told == [edge.agent.node_id]
        await edge.settle()
        assert edge.document.certificates == (renewed,)
        answer = ChallengeAnswer("token-1", "token-1.thumbprint")
        nodes = [edge.agent.node_id, other.agent.node_id]
        revisions = await w.write(lambda tx: w.wing.challenges.put(tx, nodes, [answer]))
        assert (await edge.challenges()).answers == (answer,)
        for one in (edge, other):
            poll = await one.agent.poll(challenges=0)
            assert poll.revisions["challenges"] == revisions[one.agent.node_id]
        waiting = await w.write(lambda tx: w.wing.challenges.waiting_for(tx, revisions))
        assert waiting == nodes
        await w.write(lambda tx: w.wing.challenges.remove(tx, ["token-1"]))
        assert (await other.challenges()).answers == ()
