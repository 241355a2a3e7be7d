"""One request to the agents' paths from a program that is no agent: any head, any body, a new connection."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import trio

from agent.connect import context_of
from agent.link import Reply
from tests.kit.agent_client import AgentClient


async def send(
    agent: AgentClient,
    method: str,
    target: str,
    body: bytes,
    headers: dict[str, str],
    *,
    port: int | None = None,
) -> Reply:
    """To where the agent's own requests go, or to another port there. Raises OSError."""

    def ask() -> Reply:
        parts = urlsplit(agent.record.agent_api)
        connection = http.client.HTTPSConnection(
            parts.hostname or "",
            port or parts.port,
            timeout=20,
            context=context_of(agent.directory, agent.record),
        )
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            return Reply(response.status, response.read())
        finally:
            connection.close()

    return await trio.to_thread.run_sync(ask)
