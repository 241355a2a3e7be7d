"""`fetch_artifact`: have the file here that an operator uploaded."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from nimbus.protocol.kinds import FetchArtifact, FetchArtifactResult


async def run(context: Context, parameters: FetchArtifact) -> Any:
    if context.artifacts is None:
        raise OperationFailed("NO_ARTIFACTS", "this agent stores no artifacts", retryable=False)
    what = parameters.name or f"{parameters.sha256[:12]}..."
    context.progress(f"fetching {what}, {parameters.size} bytes", 0)

    def show(here: int, size: int) -> None:
        context.progress(b"", here * 100 // size)

    fetched = await context.artifacts.fetch(parameters.sha256, parameters.size, show)
    context.progress(f"{fetched} bytes downloaded, {parameters.size - fetched} already here", 100)
    return msgspec.to_builtins(FetchArtifactResult(parameters.sha256, parameters.size, fetched))
