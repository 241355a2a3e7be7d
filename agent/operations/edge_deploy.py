"""`edge_deploy`: have nginx serve what the section `edge` says."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.edge.applier import NoEdge
from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from nimbus.protocol.edge import DeployReport, Outcome
from nimbus.protocol.kinds import EdgeDeploy


async def run(context: Context, parameters: EdgeDeploy) -> Any:
    if context.edge is None:
        raise OperationFailed("NO_EDGE", "this agent cannot serve as an edge", retryable=False)
    context.progress(f"generation {parameters.generation}", 0)
    try:
        report = await context.edge.deploy(parameters.generation)
    except NoEdge as error:
        raise OperationFailed("NO_EDGE", str(error), retryable=False) from None
    for state in report.objects:
        context.progress(f"{state.owner}: {state.problem.message}", None)
    if report.outcome not in (Outcome.PROVEN, Outcome.WRITTEN):
        result = msgspec.to_builtins(report)
        raise OperationFailed("EDGE_REFUSED", _words(report), retryable=False, result=result)
    return msgspec.to_builtins(report)


def _words(report: DeployReport) -> str:
    said = report.problem.message if report.problem else "nginx did not take it"
    if report.outcome is Outcome.ROLLED_BACK:
        return f"generation {report.generation} was rolled back: {said}"
    return f"generation {report.generation} was refused: {said}"
