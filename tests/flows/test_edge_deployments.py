"""Deployments from the order to what is served: a real control plane, and fake edges on the agents' listener."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import ApiError
from tests.flows.test_access_logs import line, send
from tests.kit.agent_client import AgentClient
from tests.kit.cli import command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.fake_edge import FakeEdge, keep_working
from tests.kit.polling import eventually_so

HOSTS, DEPLOYMENTS, SERVED = "/api/v1/virtual-hosts", "/api/v1/edge/deployments", "/api/v1/edge/served"


class World:
    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane

    async def edge(self, name: str, workspace: str = "", **request: Any) -> FakeEdge:
        """At work."""
        place = {"workspace": workspace} if workspace else {}
        agent = await self.plane.agent(name, **place)
        await self.plane.post("/api/v1/edges", {"node": name, **place, **request})
        edge = FakeEdge(agent)
        await edge.settle()
        await edge.say()
        self.plane.nursery.start_soon(keep_working, edge)
        return edge

    async def host(self, name: str, text: str = "v1", **more: Any) -> str:
        body = {
            "name": name,
            "server_name": [f"{name}.example.com"],
            "ssl_enabled": False,
            "listen_port": 80,
            "locations": [{"path": f"/{text}/", "proxy_pass": "http://192.0.2.1:8080"}],
            "target_agents": {"kind": "all"},
            **more,
        }
        return str((await self.plane.post(HOSTS, body))["id"])

    async def change(self, name: str, text: str) -> None:
        body = {"locations": [{"path": f"/{text}/", "proxy_pass": "http://192.0.2.1:8080"}]}
        await self.plane.call(lambda client: client.patch(f"{HOSTS}/{name}", body))

    async def deploy(self, **request: Any) -> dict[str, Any]:
        """Until it has ended."""
        made = await self.plane.post(DEPLOYMENTS, request)

        async def has_ended() -> Any:
            return (await self.plane.get(f"{DEPLOYMENTS}/{made['id']}"))["ended_at"]

        await eventually_so(has_ended, "the deployment has ended")
        found: dict[str, Any] = await self.plane.get(f"{DEPLOYMENTS}/{made['id']}")
        return found

    async def refused(self, **request: Any) -> ApiError:
        with pytest.raises(ApiError) as caught:
            await self.plane.post(DEPLOYMENTS, request)
        return caught.value

    async def served(self) -> dict[tuple[str, str], tuple[int, int, str]]:
        rows = await self.plane.get(SERVED)
        return {(row["node"], row["name"]): (row["wanted"], row["served"], row["problem"]) for row in rows}


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    with trio.fail_after(90):
        async with control_plane(folder) as plane:
            yield World(plane)


def states(deployment: dict[str, Any]) -> dict[str, str]:
    return {node["node"]: node["state"] for node in deployment["nodes"]}


def texts(edge: FakeEdge) -> str:
    return "".join(edge.texts[file.sha256] for file in edge.document.files)


async def test_canary_first_then_the_rest_and_what_fails_reaches_nobody_else(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        first, second, third = [await w.edge(f"web-{number}") for number in (1, 2, 3)]
        shop, blog = await w.host("shop"), await w.host("blog")
        # Saving is not deploying.
        assert first.document.files == ()
        plan = await w.plane.post(f"{DEPLOYMENTS}/plan", {"hosts": ["shop"], "canary": True, "wave": 1})
        assert [(node["node"], node["wave"], node["problems"]) for node in plan["nodes"]] == [
            ("web-1", 1, []),
            ("web-2", 2, []),
            ("web-3", 3, []),
        ]
        assert "+" in plan["nodes"][0]["files"][0]["diff"]
        done = await w.deploy(canary=True, wave=1)
        assert (done["state"], set(states(done).values())) == ("succeeded", {"served"})
        assert await w.served() == {
            (node, name): (1, 1, "") for node in ("web-1", "web-2", "web-3") for name in ("shop", "blog")
        }
        [line] = await w.plane.get("/api/v1/audit-log", action="edge_deployment.create")
        assert line["after"] == {"objects": ["blog 1", "shop 1"], "edges": ["web-1", "web-2", "web-3"]}
        assert "location /v1/" in texts(third)
        assert "listen 80 default_server" in third.document.head
        # The canary's nginx does not take the new version: the others never hear of it, and it goes back alone.
        await w.change("shop", "v2")
        await w.change("blog", "v2")
        revisions = second.revision, third.revision
        first.refuses[f"virtual_host/{shop}"] = "unknown directive"
        failed = await w.deploy(hosts=["shop"], canary=True)
        assert (failed["state"], states(failed)) == (
            "failed",
            {"web-1": "partly", "web-2": "skipped", "web-3": "skipped"},
        )
        [problem] = failed["nodes"][0]["objects"]
        assert (problem["name"], problem["problem"], problem["line"]) == ("shop", "unknown directive", 3)
        assert "unknown directive" in failed["nodes"][0]["message"]
        assert (await w.served())["web-1", "shop"] == (2, 1, "unknown directive")

        async def went_back() -> bool:
            return "location /v1/" in texts(first) and "location /v2/" not in texts(first)

        await eventually_so(went_back, "the canary is told of what it serves")
        assert (second.revision, third.revision) == revisions
        # Nobody has deployed the other's new version with it.
        assert (await w.served())["web-1", "blog"] == (1, 1, "")
        # An edge that takes nothing goes back as a whole.
        first.refuses = {"": "bind() to 0.0.0.0:80 failed"}
        lost = await w.deploy(hosts=["blog"], nodes=["web-1"])
        assert (lost["state"], states(lost)) == ("failed", {"web-1": "rolled_back"})
        assert (await w.served())["web-1", "blog"] == (2, 1, "bind() to 0.0.0.0:80 failed")
        first.refuses = {}
        await eventually_so(went_back, "the edge is told of what it serves")
        # What was deployed is served nowhere any more once it is deleted, or is for others.
        here = {"target_agents": {"kind": "node", "node": "web-1"}}
        await w.plane.call(lambda client: client.patch(f"{HOSTS}/blog", here))
        assert (await w.deploy(hosts=["blog"]))["state"] == "succeeded"
        assert set(await w.served()) == {
            ("web-1", "blog"),
            ("web-1", "shop"),
            ("web-2", "shop"),
            ("web-3", "shop"),
        }
        await w.plane.call(lambda client: client.delete(f"{HOSTS}/shop"))

        async def only_blog() -> bool:
            owners = [{file.owner for file in one.document.files} for one in (first, second, third)]
            return owners == [{f"virtual_host/{blog}"}, set(), set()]

        await eventually_so(only_blog, "what was deleted is served nowhere")
        assert set(await w.served()) == {("web-1", "blog")}
        await w.plane.call(lambda client: client.delete("/api/v1/edges/web-1"))
        assert await w.served() == {}


async def test_an_edge_that_others_share(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for name in ("one", "two"):
            await w.plane.post("/api/v1/organizations/default/workspaces", {"name": name})
        edge = await w.edge("shared", "default/one", shared_with=["default/two"])
        await w.edge("own", "default/two")
        mine = await w.host("mine", workspace="default/one", server_name=["www.example.com"])
        assert (await w.deploy(workspace="default/one"))["state"] == "succeeded"
        theirs = await w.host("theirs", workspace="default/two", server_name=["www.example.com"])
        error = await w.refused(workspace="default/two")
        assert (error.code, "www.example.com on port 80 is served there already" in error.message) == (
            "CONFLICT",
            True,
        )
        assert "mine" not in str(error.details) + error.message
        assert mine not in str(error.details)
        # On another port it is nobody's; there it stands beside the other's.
        await w.plane.call(lambda client: client.patch(f"{HOSTS}/{theirs}", {"listen_port": 8080}))
        done = await w.deploy(workspace="default/two")
        assert (done["state"], states(done)) == ("succeeded", {"own": "served", "shared": "served"})
        assert {file.owner for file in edge.document.files} == {
            f"virtual_host/{mine}",
            f"virtual_host/{theirs}",
        }
        # Who shares it no more is not deployed to it again.
        await w.plane.call(lambda client: client.patch("/api/v1/edges/shared", {"shared_with": []}))
        assert states(await w.deploy(workspace="default/two")) == {"own": "served"}
        # A workspace that goes leaves nothing on edges of others.
        await w.plane.call(
            lambda client: client.request(
                "DELETE", "/api/v1/workspaces/default%2Ftwo", query={"cascade": "true"}
            )
        )

        async def gone() -> bool:
            return {file.owner for file in edge.document.files} == {f"virtual_host/{mine}"}

        await eventually_so(gone, "what a deleted workspace had is served nowhere")


async def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world(tmp_path) as w:
        cli = command_line_of(w.plane, tmp_path, monkeypatch, capsys)
        await w.host("shop")
        status, _, err = await cli("edge", "deploy")
        assert (status != 0, "no edge is to serve any of it" in err) == (True, True)
        edge = await w.edge("web-1")
        status, out, _ = await cli("edge", "deploy", "--host", "shop", "--plan")
        assert (status, "web-1" in out, "+" in out) == (0, True, True)
        assert edge.document.files == ()
        status, out, _ = await cli("edge", "deploy", "--host", "shop", "--canary")
        assert (status, "served" in out) == (0, True)
        status, out, _ = await cli("edge", "status")
        assert (status, "shop" in out, "web-1" in out) == (0, True, True)
        edge.refuses[""] = "no such file"
        await w.change("shop", "v2")
        status, out, _ = await cli("edge", "deploy")
        assert (status, "rolled_back" in out, "no such file" in out) == (1, True, True)
        status, out, _ = await cli("edge", "status", "--node", "web-1")
        assert (status, "no such file" in out) == (1, True)
        status, out, _ = await cli("edge", "deployments")
        assert (status, out.count("shop")) == (0, 2)


async def test_requests_are_found_by_the_name_of_their_virtual_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a node is believed about those that it serves, whatever it says."""
    async with world(tmp_path) as w:
        cli = command_line_of(w.plane, tmp_path, monkeypatch, capsys)
        edge, stranger = await w.edge("web-1"), await w.plane.agent("web-2")
        shop, other = await w.host("shop"), await w.host("other")
        await w.deploy()

        async def ask(agent: AgentClient, *hosts: str) -> None:
            text = b"".join(line(f"/{number}", virtual_host=host) for number, host in enumerate(hosts))
            assert (await send(agent, text)).status == 200

        await ask(edge.agent, shop, shop, other)
        await ask(stranger, shop)
        logs = "/api/v1/access-logs"
        for reference in ("shop", shop, "SHOP"):
            page = await w.plane.get(logs, virtual_host=reference)
            found = [(one["node"], one["virtual_host_id"], one["virtual_host"]) for one in page["entries"]]
            assert found == [("web-1", shop, "shop")] * 2
        hosts = (await w.plane.get(f"{logs}/summary"))["hosts"]
        assert [(host["virtual_host"], host["requests"]) for host in hosts] == [("shop", 2), ("other", 1)]
        status, out, _ = await cli("log", "search", "--virtual-host", "shop", "-o", "wide")
        assert (status, out.count("shop"), shop in out) == (0, 2, False)
        status, _, err = await cli("log", "search", "--virtual-host", "nobody")
        assert (status, "nobody" in err) == (4, True)
        # Its requests are still there, by its id.
        await w.plane.call(lambda client: client.delete(f"{HOSTS}/shop"))
        page = await w.plane.get(logs, virtual_host=shop)
        assert {one["virtual_host"] for one in page["entries"]} == {None}
