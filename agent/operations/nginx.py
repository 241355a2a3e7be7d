"""`nginx`: start, stop, reload, restart or test the nginx of this machine."""

from __future__ import annotations

from typing import Any

from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from nimbus.protocol.kinds import NginxAction


async def run(_context: Context, _parameters: NginxAction) -> Any:
    raise OperationFailed("NO_EDGE", "this agent cannot serve as an edge", retryable=False)
