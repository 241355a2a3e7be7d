"""`collect_facts`: look at the machine again."""

from __future__ import annotations

from typing import Any

import msgspec
import trio

from agent.facts.machine import collect_facts
from agent.operations.context import Context
from nimbus.protocol.kinds import CollectFacts


async def run(context: Context, _parameters: CollectFacts) -> Any:
    context.progress("looking at the machine", 0)
    facts = await trio.to_thread.run_sync(collect_facts, abandon_on_cancel=True)
    context.progress(f"{facts.os}, {facts.cpu_count} CPUs, {len(facts.gpus)} GPUs", 100)
    return msgspec.to_builtins(facts)
