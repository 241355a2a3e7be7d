"""`nginx_check`: whether this machine's nginx would take a set of files; nothing of it is served."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.edge.applier import NoEdge
from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from nimbus.protocol.kinds import NginxCheck


async def run(context: Context, parameters: NginxCheck) -> Any:
    if context.edge is None:
        raise OperationFailed("NO_EDGE", "this agent cannot serve as an edge", retryable=False)
    try:
        result = await context.edge.check_files(parameters.files)
    except NoEdge as error:
        raise OperationFailed("NGINX", str(error), retryable=False) from None
    return msgspec.to_builtins(result)
