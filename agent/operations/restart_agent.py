"""`restart_agent`: this agent reports, ends in order, and is started anew."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.operations.context import Context
from nimbus.protocol.kinds import RestartAgent, RestartAgentResult


async def run(context: Context, _parameters: RestartAgent) -> Any:
    if context.resumed:
        # It was interrupted by an end of the agent, which has been started anew since.
        return msgspec.to_builtins(RestartAgentResult(""))
    context.progress("the agent restarts after this is reported", 100)
    context.restart_when_reported()
    return msgspec.to_builtins(RestartAgentResult(context.start_id))
