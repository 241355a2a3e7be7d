"""`edge_deploy`: have nginx serve what the section `edge` says."""

from __future__ import annotations

from typing import Any

from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from nimbus.protocol.kinds import EdgeDeploy


async def run(_context: Context, _parameters: EdgeDeploy) -> Any:
    raise OperationFailed("NO_EDGE", "this agent cannot serve as an edge", retryable=False)
