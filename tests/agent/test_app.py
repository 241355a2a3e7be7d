"""The running agent's loops, on a link that is played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import trio

from agent import app
from agent.directory import AgentDirectory, NodeRecord
from agent.link import Reply
from nimbus.protocol.files import private_directory

RECORD = NodeRecord(
    node_id="n1",
    name="web-1",
    workspace="w",
    agent_api="https://10.0.0.1:8444",
    heartbeat_interval_s=0.02,
    joined_at=0,
    auth="session-key",
)
NOT_OURS = (
    Reply(200, b'{"status": "ok"}'),
    Reply(200, b"<html>"),
    Reply(200, b"\xff\xfe"),
    Reply(200, b"[" * 5000),
    Reply(400, b"x" * 199 + "ü".encode() + b"x" * 200),
)


class AnyAnswers:
    """First those of somebody else, then those of a control plane."""

    connected, failure, url = True, "", RECORD.agent_api

    def __init__(self) -> None:
        self.left = {"heartbeat": list(NOT_OURS), "tasks": list(NOT_OURS)}
        self.served = trio.Event()

    async def wait_connected(self) -> None:
        await trio.lowlevel.checkpoint()

    def use(self, _urls: Any) -> None:
        """It stays where it is."""

    async def run(self) -> None:
        await trio.sleep_forever()

    async def request(self, _method: str, target: str, *_body: Any, **_options: Any) -> Reply:
        await trio.lowlevel.checkpoint()
        what = target.split("/")[3]
        if self.left[what]:
            return self.left[what].pop()
        if what == "tasks":
            await self.served.wait()
            return Reply(200, json.dumps({"revisions": {}}).encode())
        if not self.left["tasks"]:
            self.served.set()
        return Reply(200, json.dumps({"revisions": {}, "server_time": 0.0}).encode())


async def test_an_answer_that_is_none_ends_no_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy on the way says what it likes."""
    directory = AgentDirectory(private_directory(tmp_path / "agent"))
    directory.save_node(RECORD)
    link = AnyAnswers()
    monkeypatch.setattr(app, "open_link", lambda *_: link)
    monkeypatch.setattr(app, "REFUSED_RETRY_S", 0.01)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(app.run_agent, directory)
            await link.served.wait()
            nursery.cancel_scope.cancel()
