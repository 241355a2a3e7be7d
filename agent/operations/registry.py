"""Task kind to handler: an explicit list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from agent.operations import (
    collect_facts,
    edge_deploy,
    fetch_artifact,
    mesh_probe,
    nginx,
    nginx_check,
    restart_agent,
)
from agent.operations.context import Context

Handler = Callable[[Context, Any], Awaitable[Any]]

HANDLERS: dict[str, Handler] = {
    "collect_facts": collect_facts.run,
    "edge_deploy": edge_deploy.run,
    "fetch_artifact": fetch_artifact.run,
    "mesh_probe": mesh_probe.run,
    "nginx": nginx.run,
    "nginx_check": nginx_check.run,
    "restart_agent": restart_agent.run,
}
