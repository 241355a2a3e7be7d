"""Artifacts from the operator's disk to the nodes': the command line, real agents, kill -9 of either side in the
middle; heartbeats go on while many nodes fetch."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.artifacts.cache import ArtifactCache
from agent.artifacts.store import Artifacts
from agent.link import Link
from nimbus.cli import uploading
from nimbus.cli.progress import Progress
from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.composition.bootstrap import bootstrap
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit.agent_client import joined_agent
from tests.kit.artifacts import UPLOADS, begin_upload, upload_artifact
from tests.kit.cli import Cli, command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.ports import free_ports
from tests.kit.processes import ControlPlaneProcess, Running, agent_process, control_plane_process

MIB = 1024 * 1024
# Longer than the burst that one node may fetch at once.
LARGE = os.urandom(MIB) * 160
DEADLINE_S = 90.0


class World:
    """A control plane and an agent as processes."""

    def __init__(self, folder: Path, plane: ControlPlaneProcess, profile: Profile) -> None:
        self.folder, self.plane, self.profile = folder, plane, profile

    def ask(self, work: Callable[[Client], Any]) -> Any:
        client = Client(self.profile)
        try:
            return work(client)
        finally:
            client.close()

    def until(self, what: str, holds: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + DEADLINE_S
        while not (found := holds()):
            assert time.monotonic() < deadline, what
            time.sleep(0.01)
        return found

    def part_of(self, sha256: str) -> int:
        try:
            return (self.folder / "web-1/artifacts" / f"{sha256}.part").stat().st_size
        except FileNotFoundError:
            return 0

    def end_of(self, operation: Any) -> Any:
        def ended() -> Any:
            found = self.ask(lambda client: client.get(f"/api/v1/operations/{operation['id']}"))
            return found if found["state"] in ("succeeded", "failed", "cancelled") else None

        return self.until("the operation ends", ended)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    with control_plane_process(folder) as plane:
        config = ControlPlaneConfig(
            data_dir=str(plane.data),
            listen=f"127.0.0.1:{plane.port}",
            agent_port=plane.agent_port,
            mesh="off",
        )
        made = bootstrap(config, new_key=True)
        yield World(folder, plane, Profile(made.api, made.access_key, made.secret_key, made.ca_file))


def ordered(world: World) -> tuple[Any, Any]:
    artifact = world.ask(lambda client: upload_artifact(client, "large", LARGE, piece=4 * MIB))
    path = f"/api/v1/artifacts/{artifact['id']}/fetch"
    return artifact, world.ask(lambda client: client.post(path, {"nodes": ["web-1"]}))


def check_fetched(world: World, artifact: Any, operation: Any, here_before: int) -> None:
    details = world.end_of(operation)
    assert details["state"] == "succeeded", details
    file = world.folder / "web-1/artifacts" / artifact["sha256"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == artifact["sha256"]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    [task] = details["tasks"]
    assert task["result"]["fetched"] <= len(LARGE) - here_before


@pytest.mark.parametrize("killed", ["agent", "control plane"])
def test_what_is_killed_in_the_middle_goes_on_where_it_was(tmp_path: Path, killed: str) -> None:
    with world(tmp_path) as w, ExitStack() as stack:
        token = w.ask(lambda client: client.post("/api/v1/nodes/tokens", {"name": "web-1"}))["token"]
        agent = stack.enter_context(agent_process(tmp_path, "web-1", token))
        w.until("it is online", lambda: w.ask(_online))
        artifact, operation = ordered(w)
        here = w.until("some of it has come", lambda: w.part_of(artifact["sha256"]))
        if killed == "agent":
            agent.end(signal.SIGKILL)
            here = w.part_of(artifact["sha256"])
            assert 0 < here < len(LARGE)
            again = Running("again", ["agent", "run", "--data-dir", str(tmp_path / "web-1")], tmp_path)
            stack.callback(again.end)
        else:
            w.plane.kill()
            assert 0 < here < len(LARGE)
            w.plane.start()
            here = 0
        check_fetched(w, artifact, operation, here)


def _online(client: Client) -> bool:
    return any(node["state"] == "Online" for node in client.get("/api/v1/nodes"))


@pytest.fixture
async def plane(tmp_path: Path) -> Any:
    async with control_plane(tmp_path) as made:
        yield made


@pytest.fixture
def cli(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    return command_line_of(plane, tmp_path, monkeypatch, capsys)


async def test_the_command_line(cli: Cli, tmp_path: Path) -> None:
    content = os.urandom(5 * MIB + 3)
    file = tmp_path / "Some Tool_1.2.tar.gz"
    file.write_bytes(content)
    status, out, told = await cli("artifact", "add", str(file), "--label", "tier=gold", "--cpu", "any")
    sha256 = hashlib.sha256(content).hexdigest()
    assert (status, f"some-tool-1-2:{sha256[:12]}:any" in out) == (0, True)
    assert "100% of 5.0 MiB uploaded" in told
    status, out, told = await cli("artifact", "add", str(file), "--version", "2", "-o", "json")
    assert (json.loads(out)["version"], told) == ("2", "")
    file.write_bytes(b"other")
    status, _, told = await cli("artifact", "add", str(file), "--version", "2")
    assert (status, "another version" in told) == (1, True)
    status, out, _ = await cli("artifact", "list", "--label", "tier=gold", "-o", "json")
    assert [row["sha256"] for row in json.loads(out)] == [sha256]
    assert (await cli("artifact", "show", "some-tool-1-2"))[0] == 1
    assert sha256 in (await cli("artifact", "show", "some-tool-1-2:2"))[1]
    assert (await cli("artifact", "update", "some-tool-1-2:2", "--description", "a tool"))[0] == 0
    assert (await cli("artifact", "fetch", "some-tool-1-2:2"))[0] == 1
    await cli.plane.agent("web-1")
    status, out, _ = await cli("artifact", "fetch", "some-tool-1-2:2", "--node", "web-1")
    assert (status, "nimbus operation show" in out) == (0, True)
    status, _, told = await cli("artifact", "delete", "some-tool-1-2:2", "--yes")
    assert (status, "ARTIFACT_IN_USE" in told) == (1, True)
    [task] = await cli.plane.get("/api/v1/tasks")
    assert task["kind"] == "fetch_artifact"
    await cli("task", "cancel", task["id"], "--yes")
    for words in (["add", str(tmp_path)], ["add", str(tmp_path / "none")], ["add", "/dev/null"]):
        status, _, told = await cli("artifact", *words)
        assert (status, "Traceback" in told) == (2, False), told


async def test_an_upload_of_the_command_line_goes_on_after_a_cut(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, sent, put = os.urandom(7 * MIB), list[int](), Client.put_bytes
    (tmp_path / "tool").write_bytes(content)

    def cut_once(client: Client, path: str, data: bytes, **query: Any) -> Any:
        sent.append(query["offset"])
        if len(sent) == 3:
            client._host, client._port = "127.0.0.1", 1
            client.close()
        try:
            return put(client, path, data, **query)
        finally:
            client._host, client._port = cli.plane.api_address

    monkeypatch.setattr(Client, "put_bytes", cut_once)
    monkeypatch.setattr(uploading, "_PAUSE_S", 0.01)
    status, _, told = await cli("artifact", "add", str(tmp_path / "tool"))
    assert (status, "retrying" in told) == (0, True)
    assert sent == [0, 2 * MIB, 4 * MIB, 4 * MIB, 6 * MIB]


async def test_a_workspace_that_is_not_there_is_told_at_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(_seconds: float) -> None:
        raise AssertionError("nothing is to be waited for")

    monkeypatch.setattr("nimbus.cli.uploading.time.sleep", wait)
    (tmp_path / "tool").write_bytes(b"x")
    status, _, told = await cli("artifact", "add", str(tmp_path / "tool"), "--workspace", "nowhere")
    assert (status, "nowhere" in told) == (4, True)


async def test_a_node_that_signs_its_requests_fetches_through_a_proxys_listener(tmp_path: Path) -> None:
    content = os.urandom(3 * MIB + 1)
    [port] = free_ports(1)
    async with control_plane(tmp_path, proxy_listen=f"127.0.0.1:{port}") as plane:
        artifact = await plane.call(lambda client: upload_artifact(client, "tool", content))
        agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"), "session-key")
        plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
        await plane.post("/api/v1/artifacts/tool/fetch", {"nodes": ["web-1"]})
        kept = Artifacts(ArtifactCache(tmp_path / "cache", 10**9), agent.link)
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:

                async def beat_meanwhile() -> None:
                    while True:
                        assert (await agent.beat()).status == 200
                        await trio.sleep(0.01)

                nursery.start_soon(beat_meanwhile)
                assert await kept.fetch(artifact["sha256"], artifact["size"]) == len(content)
                nursery.cancel_scope.cancel()
        assert (tmp_path / "cache" / artifact["sha256"]).read_bytes() == content


def test_a_control_plane_that_is_killed_keeps_what_came_of_an_upload(tmp_path: Path) -> None:
    content = os.urandom(MIB) * 24
    (tmp_path / "tool").write_bytes(content)
    with world(tmp_path) as w:
        begun = w.ask(lambda client: begin_upload(client, "tool", content))
        path = f"{UPLOADS}/{begun['id']}/content"
        w.ask(lambda client: client.put_bytes(path, content[: 3 * MIB], offset=0))
        w.plane.kill()
        w.plane.start()
        assert w.ask(lambda client: client.get(f"{UPLOADS}/{begun['id']}"))["received"] == 3 * MIB
        done: list[Any] = []

        def upload() -> None:
            client = Client(w.profile)
            with Progress(quiet=True) as progress:
                body = {key: begun[key] for key in ("name", "version", "size", "sha256")}
                done.append(uploading.Upload(client, tmp_path / "tool", body, progress).run())

        running = threading.Thread(target=upload)
        running.start()
        part = w.plane.data / "artifacts" / f"{begun['id']}.part"
        w.until("more of it has come", lambda: part.exists() and part.stat().st_size > 5 * MIB)
        w.plane.kill()
        w.plane.start()
        running.join(DEADLINE_S)
        assert [artifact["sha256"] for artifact in done] == [begun["sha256"]]
        file = w.plane.data / "artifacts" / begun["sha256"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == begun["sha256"]


async def test_heartbeats_go_on_while_eight_nodes_fetch_and_others_do_not_read(
    plane: ControlPlane, tmp_path: Path
) -> None:
    content = os.urandom(MIB) * 8
    artifact = await plane.call(lambda client: upload_artifact(client, "large", content))
    names = [f"web-{number}" for number in range(8)]
    agents = [await plane.agent(name) for name in (*names, "deaf", "calm")]
    path = f"/api/v1/artifacts/{artifact['id']}/fetch"
    await plane.post(path, {"nodes": [*names, "deaf"], "at_once": 0})
    deaf, calm = agents[-2], agents[-1]
    beats, fetched = 0, [0] * len(names)

    async def fetch_again_and_again(number: int) -> None:
        round_number = 0
        while True:
            cache = ArtifactCache(tmp_path / f"cache-{number}-{round_number}", 10**9)
            fetched[number] += await Artifacts(cache, agents[number].link).fetch(
                artifact["sha256"], artifact["size"]
            )
            round_number += 1

    async def ask_and_never_read() -> None:
        assert isinstance(deaf.link, Link)
        context = deaf.link._context()
        stream = await trio.open_ssl_over_tcp_stream(
            "127.0.0.1", plane.config.agent_port, ssl_context=context, https_compatible=True
        )
        request = (
            f"GET /v1/internal/artifacts/{artifact['sha256']} HTTP/1.1\r\nHost: x\r\nRange: bytes=0-\r\n\r\n"
        )
        await stream.send_all(request.encode() * 64)
        await trio.sleep_forever()

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask_and_never_read)
            for number in range(len(names)):
                nursery.start_soon(fetch_again_and_again, number)
            while beats < 100 or not all(fetched):
                # Its own connection, and those of the nodes that fetch.
                for agent in (calm, agents[0]):
                    assert (await agent.beat()).status == 200
                beats += 1
            nursery.cancel_scope.cancel()
    counters = await plane.get("/api/v1/nodes")
    assert {node["state"] for node in counters if node["name"] in (*names, "calm")} <= {"Online", "Pending"}
