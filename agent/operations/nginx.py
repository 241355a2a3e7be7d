"""`nginx`: start, stop, reload, restart or test the nginx of this machine."""

from __future__ import annotations

from typing import Any

from agent.edge.applier import NoEdge
from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from nimbus.protocol.kinds import NginxAction


async def run(context: Context, parameters: NginxAction) -> Any:
    if context.edge is None:
        raise OperationFailed("NO_EDGE", "this agent cannot serve as an edge", retryable=False)
    try:
        said = await context.edge.perform(parameters.action)
    except NoEdge as error:
        raise OperationFailed("NGINX", str(error), retryable=False) from None
    return {"output": said}
