"""Two control planes on one database, operators and agents at both: what one does holds at the other."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from agent.link import LinkDown, Refused
from nimbus.client.client import ApiError
from nimbus.db.leadership import AnotherAuthority
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.messages import HealthCheck, TaskProgress
from tests.flows.test_events import handshake
from tests.flows.test_node_auth import BEAT, HEARTBEAT, signed, signer_of, signing_agent
from tests.kit.agent_client import AgentClient, error_code, joined_agent
from tests.kit.control_plane import ControlPlane
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports
from tests.kit.raw_request import send
from tests.kit.requester import Requester
from tests.kit.second_control_plane import moved_to, two_control_planes

PASSWORD = "a plain sentence is long"


@pytest.fixture
async def planes(tmp_path: Path) -> AsyncIterator[tuple[ControlPlane, ControlPlane]]:
    async with two_control_planes(tmp_path) as both:
        yield both


async def connected(agent: AgentClient, plane: ControlPlane) -> AgentClient:
    plane.nursery.start_soon(agent.link.run)
    with trio.fail_after(20):
        await agent.link.wait_connected()
    return agent


async def until_answered(agent: AgentClient) -> None:
    """A certificate that a control plane has not heard of yet it looks up, and the agent comes again."""

    async def answered() -> bool:
        try:
            return (await agent.beat()).status == 200
        except (LinkDown, Refused):
            await agent.link.wait_connected()
            return False

    await eventually_so(answered, "an answer to a heartbeat")


async def until_state(plane: ControlPlane, name: str, state: str) -> None:
    async def reached() -> bool:
        return bool((await plane.get(f"/api/v1/nodes/{name}"))["state"] == state)

    await eventually_so(reached, f"{name} is {state}")


@asynccontextmanager
async def followed(plane: ControlPlane) -> AsyncIterator[WebSocketConnection]:
    context = ssl.create_default_context(cafile=plane.profile.ca_file)
    target = "/api/v1/events"
    url = plane.profile.api.replace("https://", "wss://") + target
    async with open_websocket_url(url, context, extra_headers=handshake(plane, target)) as stream:
        assert json.loads(await stream.get_message())["type"] == "ready"
        yield stream


async def next_event(stream: WebSocketConnection, kind: str) -> dict[str, Any]:
    while True:
        one: dict[str, Any] = json.loads(await stream.get_message())
        if one.get("kind") == kind:
            return one


async def test_one_with_another_authority_does_not_start(tmp_path: Path) -> None:
    with pytest.RaisesGroup(AnotherAuthority, flatten_subgroups=True):
        async with two_control_planes(tmp_path, without="pki"):
            raise AssertionError("it started")


async def test_another_authority_is_made_by_the_leader_alone_and_ends_who_has_the_old_one(
    tmp_path: Path,
) -> None:
    path, alone = "/api/v1/ca/rotations", {"alone": True}
    with pytest.RaisesGroup(AnotherAuthority, flatten_subgroups=True), trio.fail_after(60):
        async with two_control_planes(tmp_path) as (leader, other):
            with pytest.raises(ApiError, match="other control planes may be on this database"):
                await leader.post(path, {})
            with pytest.raises(ApiError, match="another control plane on this database leads"):
                await other.post(path, alone)
            await leader.post(path, alone)
            await trio.sleep_forever()


# Nodes.


async def test_a_node_that_joined_at_one_is_known_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    agent = await a.agent()
    there = await connected(moved_to(agent, b), b)
    await until_answered(there)
    await until_state(a, "web-1", "Online")


async def test_a_token_of_one_is_good_at_the_other(planes: tuple[ControlPlane, ControlPlane]) -> None:
    a, b = planes
    token = await a.token(name="web-1")
    agent = await joined_agent(b.folder / "web-1", token)
    await connected(moved_to(agent, b), b)
    assert [node["name"] for node in await b.get("/api/v1/nodes")] == ["web-1"]


async def test_a_node_that_is_revoked_at_one_is_cut_off_and_refused_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    agent, other = await b.agent(), await b.agent("web-2")

    async def wait() -> None:
        with pytest.raises((LinkDown, Refused)):
            await agent.poll(50)

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked(0.05)
            await a.call(lambda client: client.delete("/api/v1/nodes/web-1"))
        await eventually(lambda: "[CERTIFICATE_REVOKED]" in agent.link.failure, "the refusal")
        started = await connected(AgentClient(agent.directory, agent.record), b)
        with pytest.raises(Refused):
            await started.beat()
    assert (await other.beat()).status == 200
    listed = Path(b.config.data_dir, "pki", "revoked")
    await eventually(
        lambda: listed.exists() and agent.node_id in listed.read_text(), "the list beside the CA"
    )


async def test_presence_of_nodes_at_one_is_seen_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    agent = await a.agent()
    states: list[str] = []
    async with followed(b) as stream, trio.open_nursery() as nursery:

        async def listen() -> None:
            while True:
                states.append((await next_event(stream, "node.state"))["data"]["state"])

        nursery.start_soon(listen)
        beats = 0

        async def beaten_long() -> bool:
            """Longer than it takes to call a node Offline that is not heard."""
            nonlocal beats
            beats += 1
            return (await agent.beat()).status == 200 and beats > 30

        await eventually_so(beaten_long, "heartbeats", interval=0.25)
        await agent.beat(checks=(HealthCheck("disk", healthy=False),))
        await eventually(lambda: states[-1:] == ["Degraded"], "b tells of what a heard")
        await eventually(lambda: states[-1:] == ["Offline"], "it has fallen silent")
        nursery.cancel_scope.cancel()
    assert states == ["Online", "Degraded", "Offline"]


# Tasks.


async def test_a_task_made_at_one_wakes_the_poll_at_the_other_and_runs(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    agent = await a.agent()
    answers: list[Any] = []

    async def wait() -> None:
        answers.append(await agent.poll(50))

    async with followed(b) as stream, trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked(0.05)
        task = await b.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        await eventually(lambda: answers, "the answer")
        [leased] = answers[0].tasks
        assert (leased.id, leased.attempt) == (task["id"], 1)
        with trio.fail_after(20):
            await agent.request("POST", f"/tasks/{leased.id}/progress", TaskProgress(attempt=1, percent=40))
            assert (await next_event(stream, "task.progress"))["data"]["percent"] == 40
            await agent.report(leased.id, "failed", error="no")
            assert (await next_event(stream, "task.closed"))["resource"]["id"] == task["id"]


async def test_a_cancellation_at_one_reaches_the_node_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    agent = await a.agent()
    task = await b.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})

    async def leased() -> bool:
        return bool((await agent.poll()).tasks)

    await eventually_so(leased, "the lease")
    cancelled: list[str] = []

    async def wait() -> None:
        cancelled.extend((await agent.poll(50, held=task["id"])).cancel)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked(0.05)
        await b.post(f"/api/v1/tasks/{task['id']}/cancel")
    assert cancelled == [task["id"]]


async def test_an_operation_made_at_one_goes_over_nodes_of_both(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    """One leads, and hears of what ends at the other."""
    a, b = planes
    agents = [await a.agent(), await b.agent("web-2")]
    body = {"name": "look", "kind": "mesh_probe", "nodes": ["web-1", "web-2"], "at_once": 1}
    made = await b.post("/api/v1/operations", body)
    for agent in agents:
        with trio.fail_after(20):
            [leased] = (await agent.poll(50)).tasks
            await agent.report(leased.id, result={"links": []})

    async def ended() -> bool:
        return bool((await b.get(f"/api/v1/operations/{made['id']}"))["state"] == "succeeded")

    await eventually_so(ended, "the operation has succeeded")


# People.


async def test_a_session_ended_at_one_is_refused_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    await a.post("/api/v1/users", {"username": "ada", "password": PASSWORD, "is_admin": True})
    signed_in = await a.call(
        lambda client: client.post_public("/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
    )
    bearer = f"Bearer {signed_in['access_token']}"

    async def status() -> int:
        def ask() -> int:
            with Requester(b, Authorization=bearer) as requester:
                return requester.get("/api/v1/whoami").status

        return await trio.to_thread.run_sync(ask)

    assert await status() == 200
    await a.call(lambda client: client.delete(f"/api/v1/sessions/{signed_in['session_id']}"))

    async def refused() -> bool:
        return await status() == 401

    await eventually_so(refused, "the session has ended at b")


async def test_a_key_revoked_at_one_is_refused_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    key = await a.post(
        "/api/v1/keys", {"name": "ci", "kind": "api-key", "role": "viewer", "organization": "default"}
    )

    async def status() -> int:
        def ask() -> int:
            with Requester(b, key["api_key"]) as requester:
                return requester.get("/api/v1/nodes").status

        return await trio.to_thread.run_sync(ask)

    assert await status() == 200
    await a.call(lambda client: client.delete(f"/api/v1/keys/{key['id']}"))

    async def refused() -> bool:
        return await status() == 401

    await eventually_so(refused, "the key is refused at b")


async def test_a_signature_spent_at_one_is_refused_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    target = "/api/v1/whoami"
    signature = {name.decode(): value.decode() for name, value in handshake(planes[0], target)}

    async def status(plane: ControlPlane) -> int:
        def ask() -> int:
            with Requester(plane) as requester:
                return requester.get(target, **signature).status

        return await trio.to_thread.run_sync(ask)

    assert [await status(plane) for plane in (*planes, *planes)] == [200, 401, 401, 401]


async def test_of_two_who_create_the_same_at_once_one_wins(planes: tuple[ControlPlane, ControlPlane]) -> None:
    outcomes: list[str] = []

    async def create(plane: ControlPlane) -> None:
        try:
            await plane.post("/api/v1/organizations", {"name": "acme"})
            outcomes.append("made")
        except NimbusError as error:
            outcomes.append(error.code)

    async with trio.open_nursery() as nursery:
        for plane in planes:
            nursery.start_soon(create, plane)
    assert sorted(outcomes) == ["CONFLICT", "made"]


async def test_the_event_stream_at_one_tells_of_changes_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    with trio.fail_after(20):
        async with followed(b) as stream:
            await a.post("/api/v1/organizations", {"name": "acme"})
            assert (await next_event(stream, "organization.create"))["resource"]["name"] == "acme"


async def test_who_is_deleted_at_one_follows_nothing_more_at_the_other(
    planes: tuple[ControlPlane, ControlPlane],
) -> None:
    a, b = planes
    key = await a.post(
        "/api/v1/keys", {"name": "ci", "kind": "api-key", "role": "viewer", "organization": "default"}
    )
    context = ssl.create_default_context(cafile=b.profile.ca_file)
    url = b.profile.api.replace("https://", "wss://") + "/api/v1/events"
    headers = [(b"X-API-Key", key["api_key"].encode())]
    with trio.fail_after(20):
        async with open_websocket_url(url, context, extra_headers=headers) as stream:
            assert json.loads(await stream.get_message())["type"] == "ready"
            await a.call(lambda client: client.delete(f"/api/v1/keys/{key['id']}"))
            with pytest.raises(ConnectionClosed):
                await next_event(stream, "nothing of the kind")


# Nodes that sign.


async def test_a_nonce_used_at_one_is_refused_at_the_other(tmp_path: Path) -> None:
    first, second = free_ports(2)
    async with two_control_planes(
        tmp_path, proxy_listen=f"127.0.0.1:{first}", second={"proxy_listen": f"127.0.0.1:{second}"}
    ) as (a, _b):
        agent = await signing_agent(a)
        request = await signed(agent, signer_of(agent), "POST", HEARTBEAT, BEAT)
        accepted = await send(agent, "POST", request.target, BEAT, request.headers)
        assert accepted.status == 200

        async def said() -> str:
            return error_code(await send(agent, "POST", request.target, BEAT, request.headers, port=second))

        async def refused() -> bool:
            code = await said()
            assert code in ("SESSION_KEY_UNKNOWN", "NONCE_REFUSED")
            return code == "NONCE_REFUSED"

        await eventually_so(refused, "b knows the key, and none of its nonces")
        await a.call(lambda client: client.delete("/api/v1/nodes/web-1"))

        async def revoked() -> bool:
            return await said() == "SESSION_KEY_REVOKED"

        await eventually_so(revoked, "the session key is refused at b")
