"""A simulated agent: it joins for real and speaks the agent protocol through the real link, but does nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import trio

from agent.connect import context_of
from agent.directory import AgentDirectory, NodeRecord, open_agent_directory
from agent.join import Options, join
from agent.link import ControlPlaneLink, Link, Reply, agent_context
from agent.proxied_link import ProxiedLink
from agent.session import SessionKeyFile, Signer
from nimbus.protocol.join_token import decode_token
from nimbus.protocol.messages import NodeAuth, PollAnswer
from tests.kit.records import heartbeat, result


class AgentClient:
    def __init__(self, directory: AgentDirectory, record: NodeRecord) -> None:
        self.directory, self.record, self.node_id = directory, record, record.node_id
        self.link = self.new_link()

    def new_link(self) -> ControlPlaneLink:
        """As after a start of the agent: from what is on disk."""
        if self.record.auth == "session-key":
            file = SessionKeyFile(self.directory.session)
            return ProxiedLink(
                self.record.agent_api,
                lambda: context_of(self.directory, self.record),
                Signer(file.load()),
                file,
                self.record.pins,
                jitter=lambda: 0.0,
            )
        return Link(self.record.agent_api, self._context, jitter=lambda: 0.0, pins=self.record.pins)

    def _context(self) -> Any:
        files = self.directory
        return agent_context(str(files.ca), str(files.certificate), str(files.key))

    async def request(self, method: str, path: str, body: Any = None) -> Reply:
        """`body` as JSON; bytes as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        return await self.link.request(method, "/v1/internal" + path, content, timeout=30)

    async def poll(self, wait: int = 0, **query: Any) -> PollAnswer:
        extra = "".join(f"&{name}={value}" for name, value in query.items())
        reply = await self.request("GET", f"/tasks/{self.node_id}?wait={wait}{extra}")
        assert reply.status == 200, reply
        return msgspec.json.decode(reply.body, type=PollAnswer)

    async def beat(self, **fields: Any) -> Reply:
        return await self.request("POST", "/heartbeat", heartbeat(**fields))

    async def report(
        self, task_id: str, outcome: str = "succeeded", attempt: int = 1, **fields: Any
    ) -> Reply:
        return await self.request("POST", f"/tasks/{task_id}/result", result(outcome, attempt, **fields))


async def joined_agent(
    folder: Path, token: str, auth: NodeAuth = "mtls", pins: tuple[str, ...] = ()
) -> AgentClient:
    """Not connected yet: run `link.run`."""

    def join_as_node() -> AgentClient:
        directory = open_agent_directory(str(folder))
        options = Options("", "off", "nimbus0", 0, auth, pins)
        record = join(directory, decode_token(token), options, lambda _line: None)
        return AgentClient(directory, record)

    return await trio.to_thread.run_sync(join_as_node)


def error_code(reply: Reply) -> str:
    return str(json.loads(reply.body)["error"]["code"])
