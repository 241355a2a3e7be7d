"""Artifacts over the real API and the agents' listener: uploads, who may fetch what, what is deleted when."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.link import Link, Reply
from nimbus.client.client import ApiError, Client
from nimbus.fleet.artifacts.downloads import PIECE_BYTES
from nimbus.fleet.artifacts.records import PIECE_LIMIT
from tests.kit.agent_client import AgentClient, error_code
from tests.kit.artifacts import UPLOADS, begin_upload, sha256_of, upload_artifact
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually, eventually_so
from tests.kit.raw_http import exchange

CONTENT = os.urandom(3 * 1024 * 1024 + 17)


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as made:
        yield made


def folder_of(plane: ControlPlane) -> Path:
    return Path(plane.config.data_dir) / "artifacts"


async def upload(plane: ControlPlane, content: bytes = CONTENT, name: str = "k3s", **fields: Any) -> Any:
    return await plane.call(lambda client: upload_artifact(client, name, content, **fields))


async def refused(plane: ControlPlane, work: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await plane.call(work)
    return caught.value


def begin(plane: ControlPlane, content: bytes = CONTENT, name: str = "k3s", **fields: Any) -> Any:
    return plane.call(lambda client: begin_upload(client, name, content, **fields))


def put(plane: ControlPlane, upload_id: str, content: bytes, offset: int) -> Any:
    return plane.call(
        lambda client: client.put_bytes(f"{UPLOADS}/{upload_id}/content", content, offset=offset)
    )


async def test_a_file_is_uploaded_once_and_kept_under_its_sum(plane: ControlPlane) -> None:
    made = await upload(plane, labels={"tier": "gold"}, description="a cluster", cpu="x86_64")
    assert (made["size"], made["sha256"], made["damage"]) == (len(CONTENT), sha256_of(CONTENT), "")
    assert made["reference"] == "k3s:1:x86_64"
    file = folder_of(plane) / made["sha256"]
    assert file.read_bytes() == CONTENT
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [path.name for path in folder_of(plane).iterdir()] == [made["sha256"]]
    for reference in (made["id"], "k3s", "k3s:1", "K3S:1:x86_64"):
        assert (await plane.get(f"/api/v1/artifacts/{reference}"))["id"] == made["id"]
    # The same again is the same answer, and other bytes under the same name are refused.
    assert (await upload(plane, cpu="x86_64"))["id"] == made["id"]
    error = await refused(plane, lambda client: begin_upload(client, "k3s", b"other", cpu="x86_64"))
    assert (error.code, "another version" in error.next_step) == ("CONFLICT", True)
    # Another name for the same bytes: they need not come again, and are kept once.
    other = await begin(plane, name="k3s-again", version="1.2+k3s1")
    assert (other["id"], other["artifact"]["sha256"]) == (None, made["sha256"])
    assert len(list(folder_of(plane).iterdir())) == 1
    listed = await plane.get("/api/v1/artifacts", label="tier=gold")
    assert [row["name"] for row in listed] == ["k3s"]
    changed = await plane.call(
        lambda client: client.patch("/api/v1/artifacts/k3s", {"description": "x", "labels": {"tier": None}})
    )
    assert (changed["description"], changed["labels"], changed["revision"]) == ("x", {}, 2)
    actions = {row["action"] for row in await plane.get("/api/v1/audit-log", per_page=100)}
    assert {"artifact.upload", "artifact.create", "artifact.update"} <= actions


async def test_an_upload_that_was_cut_off_goes_on_where_it_was(plane: ControlPlane) -> None:
    begun = await begin(plane)
    await put(plane, begun["id"], CONTENT[:1000], 0)
    error = await refused(plane, lambda client: client.post(f"{UPLOADS}/{begun['id']}/complete"))
    assert (error.code, "1000 of" in error.message) == ("WRONG_OFFSET", True)
    again = await begin(plane)
    assert (again["id"], again["received"]) == (begun["id"], 1000)
    assert [row["received"] for row in await plane.get(UPLOADS)] == [1000]
    path = f"{UPLOADS}/{begun['id']}/content"
    # What came twice, what leaves a gap, what goes too far: nothing of it is taken.
    for offset, piece, code in (
        (0, CONTENT[:1000], "WRONG_OFFSET"),
        (2000, CONTENT[2000:3000], "WRONG_OFFSET"),
        (1000, CONTENT[1000:] + b"x", "VALIDATION_ERROR"),
        (1000, b"", "VALIDATION_ERROR"),
    ):
        error = await refused(plane, lambda client, o=offset, p=piece: client.put_bytes(path, p, offset=o))
        assert error.code == code
    assert (await plane.get(f"{UPLOADS}/{begun['id']}"))["received"] == 1000
    made = await upload(plane)
    assert (folder_of(plane) / made["sha256"]).read_bytes() == CONTENT
    assert await plane.get(UPLOADS) == []


async def test_two_at_once_upload_the_same_thing(plane: ControlPlane) -> None:
    begun = await begin(plane)
    path = f"{UPLOADS}/{begun['id']}/content"
    codes: list[str] = []

    def race(client: Client) -> None:
        try:
            client.put_bytes(path, CONTENT[:500_000], offset=0)
            codes.append("")
        except ApiError as error:
            codes.append(error.code)

    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(plane.call, race)
    assert sorted(codes) == ["", "WRONG_OFFSET"]
    made = await upload(plane)
    assert (folder_of(plane) / made["sha256"]).read_bytes() == CONTENT


async def test_a_wrong_sum_leaves_nothing_behind(plane: ControlPlane) -> None:
    begun = await begin(plane)
    await put(plane, begun["id"], CONTENT[:-1] + b"!", 0)
    error = await refused(plane, lambda client: client.post(f"{UPLOADS}/{begun['id']}/complete"))
    assert error.code == "CHECKSUM_MISMATCH"
    assert sha256_of(CONTENT) in error.message
    assert (await plane.get(UPLOADS), await plane.get("/api/v1/artifacts")) == ([], [])
    assert list(folder_of(plane).iterdir()) == []


async def test_pieces_have_a_limit_of_their_own_and_other_bodies_the_usual_one(plane: ControlPlane) -> None:
    content = os.urandom(PIECE_LIMIT + 1)
    begun = await begin(plane, content)
    path = f"{UPLOADS}/{begun['id']}/content"
    for method, target, length in (
        ("PUT", path + "?offset=0", PIECE_LIMIT + 1),
        ("POST", path, PIECE_LIMIT),
        ("PUT", path + "/", PIECE_LIMIT),
        ("POST", UPLOADS, 1024 * 1024 + 1),
    ):
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
        answer = await trio.to_thread.run_sync(exchange, plane, head.encode())
        # (What is at no path is not read at all.)
        assert answer.split()[1] in (b"413", b"404", b"405"), answer
        assert (b"413" in answer.split(b"\r\n")[0]) == (target in (path + "?offset=0", UPLOADS)), answer
    assert (await put(plane, begun["id"], content[:-1], 0))["received"] == PIECE_LIMIT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../../etc/passwd"),
        ("name", "a/b"),
        ("name", "a" * 64),
        ("version", "../1"),
        ("version", ""),
        ("version", "1:2"),
        ("cpu", "z80"),
        ("sha256", "../../../../../../../../../../../../../../../../../../etc/passwd"),
        ("sha256", "00"),
        ("size", 0),
        ("size", -1),
        ("content_type", "text/html\r\nX: y"),
        ("description", "two\nlines"),
    ],
)
async def test_what_is_no_name_is_refused(plane: ControlPlane, field: str, value: Any) -> None:
    body = {"name": "a", "version": "1", "size": 1, "sha256": "0" * 64, field: value}
    error = await refused(plane, lambda client: client.post(UPLOADS, body))
    assert error.code == "VALIDATION_ERROR"
    assert list(folder_of(plane).iterdir()) == []


async def test_quotas_of_one_and_of_all(tmp_path: Path) -> None:
    gib = 1024**3
    async with control_plane(
        tmp_path, artifact_quota_gib=5000 / gib, artifact_largest_gib=3000 / gib
    ) as plane:
        error = await refused(plane, lambda client: begin_upload(client, "a", b"x" * 3001))
        assert error.code == "VALIDATION_ERROR"
        await upload(plane, b"a" * 3000, "a")
        # The whole of it counts from its first byte on.
        begun = await begin(plane, b"b" * 2000, "b")
        error = await refused(plane, lambda client: begin_upload(client, "c", b"c"))
        assert (error.code, "artifact_quota_gib" in error.next_step) == ("QUOTA_EXCEEDED", True)
        await plane.call(lambda client: client.delete(f"{UPLOADS}/{begun['id']}"))
        assert (await upload(plane, b"c", "c"))["size"] == 1


# What nodes may fetch.


async def fetched(agent: AgentClient, sha256: str, wanted: str | None = "bytes=0-") -> Reply:
    assert isinstance(agent.link, Link)
    headers = {} if wanted is None else {"Range": wanted}
    return await agent.link.request("GET", f"/v1/internal/artifacts/{sha256}", headers=headers)


async def order(plane: ControlPlane, made: Any, *nodes: str) -> Any:
    return await plane.post(f"/api/v1/artifacts/{made['id']}/fetch", {"nodes": list(nodes)})


async def test_a_node_reads_what_a_task_of_its_own_names_and_nothing_else(plane: ControlPlane) -> None:
    made, agent, other = await upload(plane), await plane.agent("web-1"), await plane.agent("web-2")
    before = await fetched(agent, made["sha256"])
    unknown = await fetched(agent, "0" * 64)
    # Whether it is there or not is nobody's business.
    assert (before.status, error_code(before)) == (unknown.status, error_code(unknown)) == (403, "FORBIDDEN")
    operation = await order(plane, made, "web-1")
    assert (await fetched(other, made["sha256"])).status == 403
    whole = b""
    while len(whole) < len(CONTENT):
        first = len(whole)
        reply = await fetched(agent, made["sha256"], f"bytes={first}-")
        assert (reply.status, len(reply.body) <= PIECE_BYTES) == (206, True)
        assert reply.content_range == f"bytes {first}-{first + len(reply.body) - 1}/{len(CONTENT)}"
        whole += reply.body
    assert whole == CONTENT
    assert (await fetched(agent, made["sha256"], "bytes=5-9")).body == CONTENT[5:10]
    assert (await fetched(agent, made["sha256"], f"bytes={len(CONTENT)}-")).status == 416
    for wanted in (None, "bytes=-5", "bytes=9-5", "bytes=0-1,3-4", "lines=0-", "bytes=x-"):
        assert error_code(await fetched(agent, made["sha256"], wanted)) == "MALFORMED"
    for path in ("nimbus.db", "..", made["sha256"] + ".part", made["sha256"].upper()):
        assert (await fetched(agent, path)).status in (400, 403), path
    # The task ends, and with it the leave to read.
    [task] = (await agent.poll(capacity=1)).tasks
    assert task.parameters["sha256"] == made["sha256"]
    assert (await fetched(agent, made["sha256"])).status == 206
    assert (await agent.report(task.id)).status == 204
    assert (await fetched(agent, made["sha256"])).status == 403
    await until_ended(plane, operation)


async def test_a_few_nodes_read_at_once_and_who_may_not_read_takes_no_place(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nimbus.fleet.artifacts.downloads.NODES_AT_ONCE", 1)
    made = await upload(plane)
    first, second, stranger = [await plane.agent(name) for name in ("web-1", "web-2", "web-3")]
    await order(plane, made, "web-1", "web-2")
    assert (await fetched(stranger, made["sha256"])).status == 403
    assert (await fetched(first, made["sha256"])).status == 206
    refusal = await fetched(second, made["sha256"])
    assert (refusal.status, error_code(refusal)) == (503, "UNAVAILABLE")
    assert (await fetched(first, made["sha256"])).status == 206
    # Ten seconds without a word make room.
    monkeypatch.setattr("nimbus.fleet.artifacts.downloads.IDLE_S", 0.0)
    assert (await fetched(second, made["sha256"])).status == 206


async def until_ended(plane: ControlPlane, operation: Any) -> None:
    async def has_succeeded() -> bool:
        found = await plane.get(f"/api/v1/operations/{operation['id']}")
        return bool(found["state"] == "succeeded")

    await eventually_so(has_succeeded, "the operation succeeds")


async def test_what_is_of_another_workspace_is_not_there(plane: ControlPlane) -> None:
    await plane.post("/api/v1/workspaces", {"name": "shop"})
    made, agent = await upload(plane), await plane.agent("shop-1", workspace="default/shop")
    error = await refused(
        plane, lambda client: client.post(f"/api/v1/artifacts/{made['id']}/fetch", {"nodes": [agent.node_id]})
    )
    assert (error.code, "another workspace" in error.message) == ("VALIDATION_ERROR", True)
    # Whoever may give tasks there can name any sum: it opens nothing.
    body = {
        "node": agent.node_id,
        "kind": "fetch_artifact",
        "parameters": {"sha256": made["sha256"], "size": made["size"]},
    }
    await plane.post("/api/v1/tasks", body)
    assert error_code(await fetched(agent, made["sha256"])) == "NOT_FOUND"
    # An upload of the same bytes there wants them again: knowing a sum is not having the file.
    begun = await begin(plane, workspace="default/shop")
    assert (begun["artifact"], begun["received"]) == (None, 0)


async def test_what_is_used_is_not_deleted_and_the_file_goes_with_the_last_row(plane: ControlPlane) -> None:
    made, agent = await upload(plane), await plane.agent("web-1")
    again = (await begin(plane, name="again"))["artifact"]
    operation = await order(plane, made, "web-1")
    for artifact in (made, again):
        error = await refused(plane, lambda client, a=artifact: client.delete(f"/api/v1/artifacts/{a['id']}"))
        assert error.code == "ARTIFACT_IN_USE"
        assert "operation" in error.message
    [task] = (await agent.poll(capacity=1)).tasks
    await agent.report(task.id)
    await until_ended(plane, operation)
    await plane.call(lambda client: client.delete(f"/api/v1/artifacts/{made['id']}"))
    assert (folder_of(plane) / made["sha256"]).exists()
    await plane.call(lambda client: client.delete(f"/api/v1/artifacts/{again['id']}"))
    await until_gone(folder_of(plane) / made["sha256"])
    rows = await plane.get("/api/v1/audit-log", action="artifact.delete")
    assert [row["outcome"] for row in rows] == ["ok", "ok", "failed", "failed"]


async def until_gone(file: Path) -> None:
    await eventually(lambda: not file.exists(), f"{file.name} is removed")


async def test_which_of_several_versions_is_meant_has_to_be_said(plane: ControlPlane) -> None:
    await plane.call(lambda client: upload_artifact(client, "tool", CONTENT))
    await plane.call(lambda client: upload_artifact(client, "tool", CONTENT[1:], "2"))
    error = await refused(plane, lambda client: client.get("/api/v1/artifacts/tool"))
    assert (error.code, "NAME:VERSION" in error.next_step) == ("CONFLICT", True)
    assert (await plane.get("/api/v1/artifacts/tool:2"))["version"] == "2"


async def test_a_workspace_goes_with_its_artifacts(plane: ControlPlane) -> None:
    await plane.post("/api/v1/workspaces", {"name": "shop"})
    made = await upload(plane, workspace="default/shop")
    await begin(plane, b"half", "half", workspace="default/shop")
    path = "/api/v1/workspaces/shop"
    error = await refused(plane, lambda client: client.delete(path))
    assert "1 artifact" in error.message
    await plane.call(lambda client: client.request("DELETE", path, query={"cascade": "true"}))
    assert (await plane.get("/api/v1/artifacts"), await plane.get(UPLOADS)) == ([], [])
    await until_gone(folder_of(plane) / made["sha256"])


async def test_a_fetch_names_nodes_or_a_label(plane: ControlPlane) -> None:
    made = await upload(plane, name="n" * 63, version="v" * 63, cpu="any")
    await plane.agent("web-1")
    path = f"/api/v1/artifacts/{made['id']}/fetch"
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"nodes": []},
        {"nodes": ["web-1"], "label": "a=b"},
        {"label": "a=b"},
        {"label": "a"},
    )
    for body in bodies:
        error = await refused(plane, lambda client, b=body: client.post(path, b))
        assert error.code == "VALIDATION_ERROR", body
    assert (await plane.post(path, {"nodes": ["web-1"]}))["state"] == "running"


async def test_an_artifact_for_another_cpu_is_refused_before_any_node_is_asked(plane: ControlPlane) -> None:
    import platform

    other = {"x86_64": "aarch64"}.get(platform.machine(), "x86_64")
    made = await upload(plane, cpu=other)
    await plane.agent("web-1")
    error = await refused(
        plane, lambda client: client.post(f"/api/v1/artifacts/{made['id']}/fetch", {"nodes": ["web-1"]})
    )
    assert (error.code, other in error.message) == ("VALIDATION_ERROR", True)
    assert await plane.get("/api/v1/tasks") == []
