"""Access logs, from a node's batch to who may read them, over real TLS."""

from __future__ import annotations

import json
import ssl
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
import trio
from trio_websocket import ConnectionClosed, open_websocket_url

from nimbus.protocol.access_logs import LogBatch, encode_batch
from nimbus.protocol.errors import NimbusError
from tests.kit.agent_client import AgentClient, error_code
from tests.kit.cli import command_line_of
from tests.kit.control_plane import ControlPlane, control_plane

PATH = "/api/v1/access-logs"


def line(uri: str, status: int = 200, **fields: str) -> bytes:
    values = {
        "time": f"{time.time():.3f}",
        "virtual_host": "",
        "remote_addr": "192.0.2.7",
        "method": "GET",
        "uri": uri,
        "protocol": "HTTP/1.1",
        "host": "www.example",
        "status": str(status),
        "body_bytes_sent": "100",
        "request_time": "0.010",
        **fields,
    }
    return json.dumps(values).encode() + b"\n"


async def send(agent: AgentClient, text: bytes, start: int = 0, file: str = "one", **fields: Any) -> Any:
    batch = LogBatch(file=file, start=start, end=start + len(text), **fields)
    return await agent.request("POST", "/access-logs", encode_batch(batch, text))


async def test_from_a_batch_to_who_may_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        text = line("/a") + line("/b?x=1", 503) + b"nonsense\n" + line("/c", virtual_host="another-s")
        for _ in range(2):
            reply = await send(agent, text, lost=5)
            assert (reply.status, json.loads(reply.body)) == (200, {"stored": len(text)})
        page = await plane.get(PATH)
        assert {(one["uri"], one["status"], one["raw"]) for one in page["entries"]} == {
            ("", 0, "nonsense"),
            ("/b?x=1", 503, None),
            ("/a", 200, None),
        }
        assert {one["node"] for one in page["entries"]} == {"web-1"}
        found = await plane.get(PATH, status="5xx", node="web-1", client="192.0.2.0/24", q="X=1")
        assert [one["uri"] for one in found["entries"]] == ["/b?x=1"]
        summary = await plane.get(f"{PATH}/summary")
        assert summary["total"]["requests"] == 3
        assert summary["total"]["status"]["server_error"] == 1
        assert summary["paths_counted"] == 3
        [trouble] = summary["troubles"]
        assert (trouble["unreadable_lines"], trouble["refused_lines"], trouble["lost_bytes"]) == (1, 1, 5)

        # Pages, and what comes.
        first = await plane.get(PATH, per_page=2)
        rest = await plane.get(PATH, per_page=2, before=first["next"])
        ids = [one["id"] for one in (*first["entries"], *rest["entries"])]
        assert (len(ids), len(set(ids)), rest["next"]) == (3, 3, None)
        come: list[Any] = []

        async def wait() -> None:
            come.append(await plane.get(PATH, after=page["cursor"], wait=20, uri="/late"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            assert (await send(agent, line("/other") + line("/late"), start=len(text))).status == 200
        assert [one["uri"] for one in come[0]["entries"]] == ["/late"]

        await send(agent, line("/well") + line("/live", 500), file="two")

        # Bad bodies change nothing.
        bomb = LogBatch(file="bomb", start=0, end=1)
        for body in (
            b"",
            b"{}\n",
            encode_batch(bomb, b"x" * 9_000_000),
            encode_batch(LogBatch(file="two", start=5, end=5), b""),
            b'{"file":"three","start":0,"end":1}\n' + zlib.compress(b"x")[:-3],
        ):
            refused = await agent.request("POST", "/access-logs", body)
            assert (refused.status, error_code(refused)) == (422, "VALIDATION_ERROR")
        await _refusals(plane)
        cli = command_line_of(plane, tmp_path, monkeypatch, capsys)
        assert "GET /b?x=1" in await cli.ok("log", "search", "--status", "503")
        assert ",www.example,GET /b?x=1," in await cli.ok("log", "search", "--status", "503", "-o", "csv")
        assert "(unknown names)" in await cli.ok("log", "summary", "--since", "2h")
        assert len(await cli.json("log", "search")) == 7
        counted = await cli.ok(
            "log", "sql", "SELECT status, count(*) AS n FROM access_logs GROUP BY 1 ORDER BY 1"
        )
        assert counted.split() == ["status", "n", "0", "1", "200", "4", "500", "1", "503", "1"]
        asked = "{accessLogs(filter: {statusCode: {gte: 500}}, limit: 5) {uri status agentId}}"
        assert json.loads(await cli.ok("log", "query", asked)) == {
            "accessLogs": [
                {"uri": "/live", "status": 500, "agentId": agent.node_id},
                {"uri": "/b?x=1", "status": 503, "agentId": agent.node_id},
            ]
        }


async def test_a_stream_goes_on_for_as_long_as_its_key(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        context = ssl.create_default_context(cafile=plane.profile.ca_file)
        url = plane.profile.api.replace("https://", "wss://") + f"{PATH}/stream?status=5xx"
        key = await plane.post("/api/v1/personal-keys", {"name": "tail", "kind": "api-key"})
        shown = [(b"X-API-Key", key["api_key"].encode())]
        with trio.fail_after(30):
            async with open_websocket_url(url, context, extra_headers=shown) as stream:
                assert json.loads(await stream.get_message())["type"] == "ready"
                await send(agent, text := line("/well") + line("/live", 500))
                told = json.loads(await stream.get_message())
                assert (told["type"], [one["uri"] for one in told["entries"]]) == ("entries", ["/live"])
                await plane.call(lambda client: client.delete(f"/api/v1/keys/{key['id']}"))
                await send(agent, line("/after", 500), start=len(text))
                with pytest.raises(ConnectionClosed) as ended:
                    await stream.get_message()
        assert ended.value.reason is not None
        assert ended.value.reason.code == 4401


async def _refusals(plane: ControlPlane) -> None:
    for wrong in (
        {"status": "9xx"},
        {"client": "x"},
        {"after": "1"},
        {"wait": 5},
        {"min_duration_ms": -1},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
    ):
        with pytest.raises(NimbusError, match=next(iter(wrong))):
            await plane.get(PATH, **wrong)
    with pytest.raises(NimbusError, match="nowhere-1"):
        await plane.get(PATH, node="nowhere-1")
