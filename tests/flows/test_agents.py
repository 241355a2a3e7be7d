"""Journeys of agents: real TLS, the real listener, the real link."""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from agent.identity import new_key, signing_request
from agent.link import LinkDown, Refused
from nimbus.kernel.ids import new_id
from nimbus.protocol.messages import HealthCheck, RenewAnswer, RenewRequest
from tests.kit.agent_client import AgentClient, error_code
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.database import change
from tests.kit.polling import eventually, eventually_so


async def until_state(plane: Any, name: str, state: str) -> None:
    async def reached() -> bool:
        return bool((await plane.get(f"/api/v1/nodes/{name}"))["state"] == state)

    await eventually_so(reached, f"{name} is {state}")


async def test_a_machine_becomes_a_node_and_its_state_follows_its_heartbeats(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        assert (await plane.get("/api/v1/nodes/web-1"))["state"] == "Pending"
        reply = await agent.beat(version="9.9.9", applied={"mesh": 0}, alerts=("hot",))
        assert reply.status == 200
        assert b'"revisions":{"mesh":0,"node":1}' in reply.body
        await until_state(plane, "web-1", "Online")
        node = await plane.get("/api/v1/nodes/web-1")
        assert (node["version"], node["alerts"], node["metrics"]["cpu_percent"]) == ("9.9.9", ["hot"], 12.5)
        await agent.beat(checks=(HealthCheck("disk", healthy=False),))
        await until_state(plane, "web-1", "Degraded")
        await until_state(plane, "web-1", "Offline")
        await agent.beat()
        await until_state(plane, "web-1", "Online")


async def test_a_parked_poll_is_woken_by_its_task(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent, other = await plane.agent(), await plane.agent("web-2")
        answers: dict[str, Any] = {}

        async def wait(name: str, who: Any) -> None:
            answers[name] = await who.poll(50)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, "web-1", agent)
            nursery.start_soon(wait, "web-2", other)
            task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
            await eventually(lambda: "web-1" in answers, "the answer")
            assert "web-2" not in answers
            [leased] = answers["web-1"].tasks
            assert (leased.id, leased.attempt) == (task["id"], 1)
            nursery.cancel_scope.cancel()


async def test_a_parked_poll_is_answered_when_the_next_request_comes(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        order: list[str] = []

        async def poll() -> None:
            await agent.poll(50)
            order.append("poll")

        async with trio.open_nursery() as nursery:
            with trio.fail_after(10):
                nursery.start_soon(poll)
                await trio.testing.wait_all_tasks_blocked(0.05)
                await agent.beat()
                order.append("beat")
        # Long before the 50 s that the poll would wait: fail_after above says so.
        assert sorted(order) == ["beat", "poll"]


async def test_a_node_is_told_what_it_need_not_have_any_more(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        unknown = new_id()
        answer = await agent.poll(50, held=unknown)
        assert ([leased.id for leased in answer.tasks], answer.cancel) == ([task["id"]], (unknown,))
        assert (await agent.poll(0, held=f"{unknown},{task['id']}")).cancel == (), "once in ten seconds"
        await agent.report(task["id"], "failed", error="no")
        assert (await agent.poll(0, held=task["id"])).cancel == (), "it said so itself"


async def test_quick_tasks_have_room_of_their_own(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        long = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
        quick = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        assert (await agent.poll(capacity=0)).tasks == (), "an older agent names no quick ones"
        [leased] = (await agent.poll(capacity=0, quick=1)).tasks
        assert leased.id == quick["id"]
        [leased] = (await agent.poll(capacity=1, quick=0, held=quick["id"])).tasks
        assert leased.id == long["id"]


async def test_a_node_sees_its_own_only(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent, other = await plane.agent(), await plane.agent("web-2")
        task = await plane.post("/api/v1/tasks", {"node": "web-2", "kind": "collect_facts"})
        for method, path, body in (
            ("GET", f"/tasks/{other.node_id}?wait=0", None),
            ("GET", f"/desired/{other.node_id}/mesh?revision=0", None),
            ("POST", f"/tasks/{task['id']}/result", {"attempt": 1, "outcome": "succeeded"}),
            ("POST", f"/tasks/{task['id']}/progress", {"attempt": 1}),
        ):
            reply = await agent.request(method, path, body)
            assert (reply.status, error_code(reply)) == (403, "FORBIDDEN"), path
        assert (await plane.get(f"/api/v1/tasks/{task['id']}"))["state"] == "queued"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", None, 404),
        ("GET", "/nothing", None, 404),
        ("GET", "/heartbeat", None, 404),
        ("POST", "/desired/NODE/mesh", None, 404),
        ("GET", "/desired/NODE/nothing?revision=0", None, 404),
        ("GET", "/tasks/NODE/../NODE", None, 404),
        ("GET", "/tasks//NODE", None, 404),
        ("POST", f"/tasks/{new_id()}/result", b'{"attempt":1,"outcome":"failed"}', 404),
        ("POST", "/tasks/x'--/result", b'{"attempt":1,"outcome":"failed"}', 404),
        ("POST", "/heartbeat", b"", 400),
        ("POST", "/heartbeat", b"{", 400),
        ("POST", "/heartbeat", b"\xff", 400),
        ("POST", "/heartbeat", b"[" * 50_000, 422),
        ("POST", "/heartbeat", b"{}", 422),
        ("POST", "/heartbeat", b'{"sent_at":"now"}', 422),
        ("POST", "/tasks/x/result", b'{"attempt":1,"outcome":"maybe"}', 422),
        ("GET", "/tasks/NODE?wait=soon", None, 422),
        ("GET", "/tasks/NODE?capacity=-1", None, 422),
        ("GET", "/tasks/NODE?wait=%C2%B2", None, 422),
        ("GET", "/desired/NODE/mesh?revision=x", None, 422),
        ("POST", "/certificate", b'{"csr":"x"}', 422),
        ("POST", "/certificate", b"{}", 422),
    ],
)
async def test_wrong_requests_are_answered_and_the_connection_lives(
    tmp_path: Path, method: str, path: str, body: bytes | None, status: int
) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        with trio.fail_after(20):
            reply = await agent.request(method, path.replace("NODE", agent.node_id), body)
            assert reply.status == status, reply
            assert b'"error"' in reply.body
            assert (await agent.beat()).status == 200


async def test_a_task_runs_once_over_the_wire_whatever_is_repeated(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
        [first] = (await agent.poll()).tasks
        [again] = (await agent.poll()).tasks
        assert first == again
        assert (await agent.poll(held=first.id)).tasks == ()
        for _ in range(2):
            progress = {"attempt": 1, "first": 0, "lines": ["one", "two"], "percent": 50}
            assert (await agent.request("POST", f"/tasks/{first.id}/progress", progress)).status == 204
        outcome: dict[str, Any] = {"links": []}
        for _ in range(2):
            assert (await agent.report(first.id, result=outcome)).status == 204
        shown = await plane.get(f"/api/v1/tasks/{task['id']}")
        # The measurement itself is the mesh's to keep.
        kept = {"peers": 0, "answered": 0, "with_handshake": 0}
        assert (shown["state"], shown["result"], shown["percent"]) == ("succeeded", kept, 100)
        assert [line["text"] for line in await plane.get(f"/api/v1/tasks/{task['id']}/logs")] == [
            "one",
            "two",
        ]
        assert (await agent.poll()).tasks == ()


async def test_a_running_task_is_cancelled_through_a_parked_poll(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        await agent.poll()
        async with trio.open_nursery() as nursery:

            async def wait() -> None:
                assert (await agent.poll(50, held=task["id"])).cancel == (task["id"],)

            nursery.start_soon(wait)
            with trio.fail_after(10):
                cancelled = await plane.post(f"/api/v1/tasks/{task['id']}/cancel")
        assert cancelled["state"] == "running"
        await agent.report(task["id"], "cancelled")
        assert (await plane.get(f"/api/v1/tasks/{task['id']}"))["state"] == "cancelled"


async def test_a_revoked_node_is_cut_off_and_refused(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent, other = await plane.agent(), await plane.agent("web-2")

        async def wait() -> None:
            with pytest.raises((LinkDown, Refused)):
                await agent.poll(50)

        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                await trio.testing.wait_all_tasks_blocked(0.05)
                await plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))

            await eventually(lambda: "[CERTIFICATE_REVOKED]" in agent.link.failure, "the refusal")
            started = AgentClient(agent.directory, agent.record)
            plane.nursery.start_soon(started.link.run)
            await started.link.wait_connected()
            with pytest.raises(Refused):
                await started.beat()
        assert (await other.beat()).status == 200
        names = [node["name"] for node in await plane.get("/api/v1/nodes")]
        assert names == ["web-2"]


def let_time_pass(plane: ControlPlane) -> None:
    """As if the certificates had been issued 61 days ago."""
    ago = 61 * 86_400 * 1_000_000
    change(
        plane.config,
        f"UPDATE node_certificates SET issued_at = issued_at - {ago}, expires_at = expires_at - {ago}",
    )


async def test_a_renewed_certificate_works_and_the_old_one_still_does(tmp_path: Path) -> None:
    import msgspec

    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        key = new_key()
        reply = await agent.request("POST", "/certificate", RenewRequest(csr=signing_request(key)))
        assert (reply.status, error_code(reply)) == (409, "RENEWAL_TOO_EARLY")
        await trio.to_thread.run_sync(let_time_pass, plane)
        reply = await agent.request("POST", "/certificate", RenewRequest(csr=signing_request(key)))
        assert reply.status == 200
        answer = msgspec.json.decode(reply.body, type=RenewAnswer)
        assert (await agent.beat()).status == 200
        before = ssl.PEM_cert_to_DER_cert(agent.directory.certificate.read_text())
        agent.directory.begin_renewal(key, answer.certificate, answer.ca)
        assert ssl.PEM_cert_to_DER_cert(agent.directory.certificate.read_text()) != before
        agent.link.reconnect()

        async def answered() -> bool:
            try:
                await agent.link.wait_connected()
                return (await agent.beat()).status == 200
            except LinkDown:
                return False

        await eventually_so(answered, "an answer to the new certificate")


async def test_a_node_that_leaves_is_gone(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        # Its certificate is refused before the answer is out: the connection ends with that.
        with contextlib.suppress(Refused, LinkDown):
            await agent.request("POST", "/leave", {})
        assert await plane.get("/api/v1/nodes") == []


async def test_work_survives_a_restart_of_the_control_plane(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        running = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
        await agent.poll()
        queued = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
        kept = {name: getattr(plane.config, name) for name in ("listen", "agent_port", "database")}
        data_dir = plane.config.data_dir
    from nimbus.composition.appliance import run_control_plane
    from nimbus.settings.configuration import ControlPlaneConfig

    config = ControlPlaneConfig(data_dir=data_dir, mesh="off", heartbeat_interval=0.5, **kept)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:

        async def run(*, task_status: Any) -> None:
            await run_control_plane(config, stop=stop, task_status=task_status)

        await nursery.start(run)
        async with trio.open_nursery() as links:
            links.start_soon(agent.link.run)
            with trio.fail_after(20):
                await agent.link.wait_connected()
                assert (await agent.report(running["id"], result={"links": []})).status == 204
                [leased] = (await agent.poll()).tasks
            assert leased.id == queued["id"]
            links.cancel_scope.cancel()
        stop.set()
