"""Journeys of nodes that sign their requests, straight at the proxy's listener: keys, rotation, replays."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from agent.leave import leave
from agent.link import LinkDown, Refused
from agent.proxied_link import ProxiedLink
from agent.session import SessionKeyFile, Signer
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import private_directory
from nimbus.protocol.messages import HeartbeatAnswer, NonceHint, SessionKey
from nimbus.protocol.signing import ACCESS_KEY_HEADER
from tests.kit.agent_client import AgentClient, error_code, joined_agent
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.database import look
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports
from tests.kit.raw_request import send
from tests.kit.records import heartbeat


@asynccontextmanager
async def proxied(folder: Path, **settings: Any) -> AsyncIterator[ControlPlane]:
    [port] = free_ports(1)
    async with control_plane(folder, proxy_listen=f"127.0.0.1:{port}", **settings) as plane:
        yield plane


async def signing_agent(plane: ControlPlane, name: str = "web-1", **token: Any) -> AgentClient:
    agent = await joined_agent(plane.folder / name, await plane.token(name=name, **token), "session-key")
    plane.nursery.start_soon(agent.link.run)
    with trio.fail_after(20):
        await agent.link.wait_connected()
    return agent


def signer_of(agent: AgentClient) -> Signer:
    return Signer(SessionKeyFile(agent.directory.session).load())


async def signed(agent: AgentClient, signer: Signer, method: str, target: str, body: bytes) -> Any:
    """A request whose nonce is of the present epoch."""
    first = signer.sign(method, target, body)
    assert first is not None
    reply = await send(agent, method, first.target, body, first.headers)
    assert (reply.status, error_code(reply)) == (401, "NONCE_REFUSED")
    signer.take_hint(msgspec.convert(json.loads(reply.body)["error"]["nonce"], NonceHint))
    return signer.sign(method, target, body)


BEAT = msgspec.json.encode(heartbeat())
HEARTBEAT = "/v1/internal/heartbeat"


async def test_a_machine_joins_without_a_certificate_and_works_as_a_node(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        assert not agent.directory.certificate.exists()
        assert agent.directory.session.stat().st_mode & 0o777 == 0o600
        assert (await agent.beat()).status == 200
        async with trio.open_nursery() as nursery:

            async def wait() -> None:
                [lease] = (await agent.poll(50)).tasks
                assert (await agent.report(lease.id, result={"links": []})).status == 204

            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked(0.05)
            with trio.fail_after(10):
                task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
        assert (await plane.get(f"/api/v1/tasks/{task['id']}"))["state"] == "succeeded"
        shown = await plane.get("/api/v1/nodes/web-1")
        assert (shown["auth"], shown["approval"], shown["rotating_key"]) == ("session-key", "approved", False)


async def test_heartbeats_end_the_poll_as_they_do_on_one_connection(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.poll, 50)
            await trio.testing.wait_all_tasks_blocked(0.05)
            with trio.fail_after(10):
                await agent.beat()


async def test_the_paths_of_agents_are_on_no_other_listener(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        one = await signed(agent, signer_of(agent), "POST", HEARTBEAT, BEAT)
        reply = await send(agent, "POST", one.target, BEAT, one.headers, port=plane.api_address[1])
        assert reply.status == 404
        # The agents' listener wants a certificate, whatever is signed.
        with pytest.raises(OSError):
            await send(agent, "POST", one.target, BEAT, one.headers, port=plane.config.agent_port)


async def test_a_join_again_is_answered_with_the_same_key(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        token = await plane.token(name="web-1")
        first = await joined_agent(tmp_path / "a", token, "session-key")
        key = first.directory.session.read_bytes()
        # The answer was lost: the machine has its key pair, and no record of a node.
        staged = private_directory(first.directory.staged().root)
        first.directory.key.rename(staged / "node.key")
        first.directory.node.unlink()
        first.directory.session.unlink()
        again = await joined_agent(tmp_path / "a", token, "session-key")
        assert (again.node_id, again.directory.session.read_bytes()) == (first.node_id, key)


async def test_without_the_listener_such_a_join_is_refused_and_the_token_is_still_good(
    tmp_path: Path,
) -> None:
    async with control_plane(tmp_path) as plane:
        token = await plane.token()
        with pytest.raises(NimbusError, match="proxy_listen"):
            await joined_agent(tmp_path / "a", token, "session-key")
        await joined_agent(tmp_path / "a", token)


# Forged, altered and replayed.


async def test_a_recorded_request_is_accepted_once(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        one = await signed(agent, signer_of(agent), "POST", HEARTBEAT, BEAT)
        assert (await send(agent, "POST", one.target, BEAT, one.headers)).status == 200
        for _ in range(3):
            reply = await send(agent, "POST", one.target, BEAT, one.headers)
            assert (reply.status, error_code(reply)) == (401, "NONCE_REFUSED")
        # And the node itself goes on.
        assert (await agent.beat()).status == 200


async def test_a_restart_does_not_open_the_door_to_a_replay(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        spent = await signed(agent, signer_of(agent), "POST", HEARTBEAT, BEAT)
        unspent = await signed(agent, signer_of(agent), "POST", HEARTBEAT, BEAT)
        assert (await send(agent, "POST", spent.target, BEAT, spent.headers)).status == 200
        config = plane.config
    async with trio.open_nursery() as nursery:
        await restarted(nursery, config)
        for one in (spent, unspent):
            reply = await send(agent, "POST", one.target, BEAT, one.headers)
            assert (reply.status, error_code(reply)) == (401, "NONCE_REFUSED")
        nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            assert (await agent.beat()).status == 200
        nursery.cancel_scope.cancel()


async def restarted(nursery: trio.Nursery, config: Any) -> None:
    from nimbus.composition.appliance import run_control_plane

    async def run(*, task_status: Any) -> None:
        await run_control_plane(config, task_status=task_status)

    await nursery.start(run)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": BEAT[:-1] + b" }"}, "SIGNATURE_MISMATCH"),
        ({"method": "PUT"}, "SIGNATURE_MISMATCH"),
        ({"target": "/v1/internal/leave"}, "SIGNATURE_MISMATCH"),
        ({"suffix": "&x=1"}, "SIGNATURE_MISMATCH"),
        ({"X-Signature": "0" * 64}, "SIGNATURE_MISMATCH"),
        ({"X-Signature": ""}, "SIGNATURE_MISMATCH"),
        ({"X-Signature": "\xe9"}, "SIGNATURE_MISMATCH"),
        ({"X-Timestamp": "1"}, "SIGNATURE_MISMATCH"),
        ({"X-Timestamp": ""}, "SIGNATURE_MISMATCH"),
        ({"X-Access-Key": "NSdoesnotexist"}, "SESSION_KEY_UNKNOWN"),
        ({"X-Access-Key": ""}, "SESSION_KEY_UNKNOWN"),
    ],
)
async def test_a_request_that_is_not_as_it_was_signed_is_refused(
    tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        one = await signed(agent, signer_of(agent), "POST", HEARTBEAT, BEAT)
        headers = {**one.headers, **{name: value for name, value in change.items() if name.startswith("X-")}}
        reply = await send(
            agent,
            change.get("method", "POST"),
            change.get("target", one.target) + change.get("suffix", ""),
            change.get("body", BEAT),
            headers,
        )
        assert error_code(reply) == code
        assert reply.status in (401, 403)
        # What was refused did not use the nonce up.
        assert (await send(agent, "POST", one.target, BEAT, one.headers)).status == 200
        assert (await plane.get("/api/v1/nodes"))[0]["name"] == "web-1"


@pytest.mark.parametrize("off", [-301.5, 302.0, 1e9])
async def test_a_clock_that_is_off_is_named(tmp_path: Path, off: float) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        signer = Signer(SessionKeyFile(agent.directory.session).load(), now=lambda: time.time() + off)
        one = signer.sign("POST", HEARTBEAT, BEAT)
        assert one is not None
        reply = await send(agent, "POST", one.target, BEAT, one.headers)
        assert (reply.status, error_code(reply)) == (409, "CLOCK_SKEWED")


@pytest.mark.parametrize(
    "nonce", ["", "x", ".", ".0", "EPOCH.", "EPOCH.0", "EPOCH.-1", "EPOCH.9" + "9" * 30, "EPOCH.²"]
)
async def test_a_nonce_of_another_form_is_refused(tmp_path: Path, nonce: str) -> None:
    from urllib.parse import quote

    from nimbus.protocol.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        signer = signer_of(agent)
        await signed(agent, signer, "POST", HEARTBEAT, BEAT)
        target = f"{HEARTBEAT}?nonce={quote(nonce.replace('EPOCH', signer._epoch))}"
        key, now = signer.keys[0], str(int(time.time()))
        headers = {
            ACCESS_KEY_HEADER: key.key_id,
            TIMESTAMP_HEADER: now,
            SIGNATURE_HEADER: sign(key.secret, "POST", target, now, BEAT),
        }
        reply = await send(agent, "POST", target, BEAT, headers)
        assert (reply.status, error_code(reply)) == (401, "NONCE_REFUSED")


async def test_a_node_signs_for_itself_only(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent, other = await signing_agent(plane), await signing_agent(plane, "web-2")
        reply = await agent.request("GET", f"/tasks/{other.node_id}?wait=0")
        assert (reply.status, error_code(reply)) == (403, "FORBIDDEN")
        reply = await agent.request("POST", "/certificate", {"csr": "x"})
        assert (reply.status, error_code(reply)) == (409, "CONFLICT")


# Revocation.


async def test_a_revoked_node_is_cut_off_also_on_an_open_poll(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent, other = await signing_agent(plane), await signing_agent(plane, "web-2")
        answered: list[str] = []

        async def wait(who: AgentClient, name: str) -> None:
            try:
                await who.poll(50)
            except (LinkDown, Refused) as error:
                answered.append(f"{name} {type(error).__name__}")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, agent, "web-1")
            nursery.start_soon(wait, other, "web-2")
            await trio.testing.wait_all_tasks_blocked(0.05)
            await plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))
            await eventually(lambda: answered == ["web-1 Refused"], "the refusal of the open poll")
            nursery.cancel_scope.cancel()
        assert "[SESSION_KEY_REVOKED]" in agent.link.failure
        started = AgentClient(agent.directory, agent.record)
        plane.nursery.start_soon(started.link.run)
        with trio.fail_after(10):
            await started.link.wait_connected()
            with pytest.raises(Refused):
                await started.beat()
        stolen = signer_of(agent).sign("POST", HEARTBEAT, BEAT)
        assert stolen is not None
        reply = await send(agent, "POST", stolen.target, BEAT, stolen.headers)
        assert (reply.status, error_code(reply)) == (403, "SESSION_KEY_REVOKED")
        assert (await other.beat()).status == 200
        columns = "SELECT COUNT(*) FROM node_session_keys WHERE sealed_secret <> ''"
        assert await rows(plane, columns) == [(1,)]


async def rows(plane: ControlPlane, sql: str) -> list[tuple[Any, ...]]:
    return await trio.to_thread.run_sync(look, plane.config, sql)


async def test_a_node_leaves_by_a_signed_request(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await joined_agent(tmp_path / "a", await plane.token(), "session-key")
        await trio.to_thread.run_sync(lambda: leave(agent.directory, force=False))
        assert await plane.get("/api/v1/nodes") == []
        assert not agent.directory.session.exists()


async def test_a_known_node_changes_how_it_shows_who_it_is_by_joining_again(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await plane.agent()
        made = await plane.post("/api/v1/nodes/web-1/tokens", {})
        again = await joined_agent(tmp_path / "again", made["token"], "session-key")
        assert again.node_id == agent.node_id
        plane.nursery.start_soon(again.link.run)
        with trio.fail_after(20):
            await again.link.wait_connected()
            assert (await again.beat()).status == 200
        assert (await plane.get("/api/v1/nodes/web-1"))["auth"] == "session-key"


# Rotation.


async def beat_and_take(agent: AgentClient) -> str:
    """What the agent does with the answer to a heartbeat; the id of the key that it was told of."""
    reply = await agent.beat()
    assert reply.status == 200
    key_id = msgspec.json.decode(reply.body, type=HeartbeatAnswer).new_key
    if not key_id:
        return ""
    assert isinstance(agent.link, ProxiedLink)
    await agent.link.fetch_key(str(key_id))
    return str(key_id)


async def test_a_key_is_rotated_without_a_gap(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        [before] = SessionKeyFile(agent.directory.session).load()
        assert await beat_and_take(agent) == ""
        shown = await plane.post("/api/v1/nodes/web-1/rotate-key")
        assert shown["rotating_key"] is True
        # Asked again before the node has used it, it stays the same key.
        await plane.post("/api/v1/nodes/web-1/rotate-key")
        new = await beat_and_take(agent)
        assert [key.key_id for key in SessionKeyFile(agent.directory.session).load()] == [new, before.key_id]
        assert (await agent.beat()).status == 200

        async def is_done() -> bool:
            return (await plane.get("/api/v1/nodes/web-1"))["rotating_key"] is False

        await eventually_so(is_done, "the new key is the first")
        assert await beat_and_take(agent) == ""
        old = Signer((before,)).sign("POST", HEARTBEAT, BEAT)
        assert old is not None
        reply = await send(agent, "POST", old.target, BEAT, old.headers)
        assert (reply.status, error_code(reply)) == (403, "SESSION_KEY_REVOKED")
        kinds = await rows(plane, "SELECT action FROM audit_log WHERE action LIKE 'node.%key' ORDER BY at")
        assert [kind for (kind,) in kinds] == ["node.rotate_key", "node.rotate_key", "node.use_new_key"]


async def test_a_node_with_a_certificate_has_no_key_to_rotate(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await plane.agent()
        with pytest.raises(NimbusError, match="uses certificates"):
            await plane.post("/api/v1/nodes/web-1/rotate-key")
        reply = await agent.request("POST", "/session-key", {})
        assert (reply.status, error_code(reply)) == (409, "CONFLICT")


@pytest.mark.parametrize("killed_at", ["told", "fetched", "stored", "used", "kept"])
async def test_an_agent_killed_at_any_step_of_a_rotation_goes_on(tmp_path: Path, killed_at: str) -> None:
    """What a kill leaves is what is on disk: the agent starts again from that."""
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        await plane.post("/api/v1/nodes/web-1/rotate-key")
        file = SessionKeyFile(agent.directory.session)
        assert isinstance(agent.link, ProxiedLink)
        if killed_at == "told":
            assert (await agent.beat()).status == 200
        elif killed_at == "fetched":  # the answer came, and was not stored
            assert (await agent.request("POST", "/session-key", {})).status == 200
        else:
            await beat_and_take(agent)
            both = file.load()
            assert len(both) == 2
            if killed_at == "used":  # accepted, and the answer was lost
                one = await signed(agent, Signer(both), "POST", HEARTBEAT, BEAT)
                assert (await send(agent, "POST", one.target, BEAT, one.headers)).status == 200
            elif killed_at == "kept":
                await agent.beat()
        started = AgentClient(agent.directory, agent.record)
        plane.nursery.start_soon(started.link.run)
        with trio.fail_after(20):
            await started.link.wait_connected()
            await beat_and_take(started)
            assert (await started.beat()).status == 200

        async def is_done() -> bool:
            return (await plane.get("/api/v1/nodes/web-1"))["rotating_key"] is False

        await eventually_so(is_done, "the new key is the first")


@pytest.mark.parametrize("killed_at", ["rotated", "fetched", "stored", "used"])
async def test_a_control_plane_that_ends_at_any_step_of_a_rotation_goes_on(
    tmp_path: Path, killed_at: str
) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        await plane.post("/api/v1/nodes/web-1/rotate-key")
        if killed_at == "fetched":
            assert (await agent.request("POST", "/session-key", {})).status == 200
        if killed_at in ("stored", "used"):
            await beat_and_take(agent)
        if killed_at == "used":
            assert (await agent.beat()).status == 200
        config = plane.config
    async with trio.open_nursery() as nursery:
        await restarted(nursery, config)
        nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            await beat_and_take(agent)
            assert (await agent.beat()).status == 200
        nursery.cancel_scope.cancel()


async def test_requests_go_on_all_through_a_rotation(tmp_path: Path) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        stopped = trio.Event()
        statuses: list[int] = []

        async def beat() -> None:
            while not stopped.is_set():
                statuses.append((await agent.beat()).status)
                await trio.sleep(0.01)

        async def poll() -> None:
            while not stopped.is_set():
                await agent.poll(1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(beat)
            nursery.start_soon(poll)
            for _ in range(5):
                await plane.post("/api/v1/nodes/web-1/rotate-key")
                await beat_and_take(agent)

                async def is_done() -> bool:
                    return (await plane.get("/api/v1/nodes/web-1"))["rotating_key"] is False

                await eventually_so(is_done, "the new key is the first")
            stopped.set()
        assert len(statuses) > 5
        assert set(statuses) == {200}


async def test_a_node_whose_newest_key_is_not_known_goes_on_with_the_one_before(tmp_path: Path) -> None:
    """The control plane was restored from a backup of before the rotation, or the new key was in use elsewhere."""
    async with proxied(tmp_path) as plane:
        agent = await joined_agent(tmp_path / "a", await plane.token(name="web-1"), "session-key")
        file = SessionKeyFile(agent.directory.session)
        [known] = file.load()
        file.save((SessionKey("NSunknown", "secret"), known))
        started = AgentClient(agent.directory, agent.record)
        plane.nursery.start_soon(started.link.run)
        with trio.fail_after(20):
            await started.link.wait_connected()
            assert (await started.beat()).status == 200
        assert known in file.load()


async def test_a_key_that_cannot_be_stored_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        await plane.post("/api/v1/nodes/web-1/rotate-key")

        def full(_self: object, _keys: object) -> None:
            raise OSError(28, os.strerror(28))

        with monkeypatch.context() as patched:
            patched.setattr(SessionKeyFile, "save", full)
            with pytest.raises(OSError, match="No space"):
                await beat_and_take(agent)
            assert (await agent.beat()).status == 200
        assert (await plane.get("/api/v1/nodes/web-1"))["rotating_key"] is True
        await beat_and_take(agent)
        assert (await agent.beat()).status == 200


async def test_no_secret_is_in_the_log_or_the_database_in_the_clear(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with proxied(tmp_path) as plane:
        agent = await signing_agent(plane)
        [key] = SessionKeyFile(agent.directory.session).load()
        await plane.post("/api/v1/nodes/web-1/rotate-key")
        await beat_and_take(agent)
        [new, _old] = SessionKeyFile(agent.directory.session).load()
    database = b"".join(file.read_bytes() for file in Path(plane.config.data_dir).glob("nimbus.db*"))
    for secret in (key.secret, new.secret):
        assert secret not in caplog.text
        assert secret.encode() not in database
    assert key.secret not in repr(key)
