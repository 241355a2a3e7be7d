"""What the agent counts of itself and of its nginx, for its page of metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.metrics_page import Metric
from nimbus.protocol.edge import EdgeReport, Outcome
from nimbus.protocol.version import VERSION

if TYPE_CHECKING:
    from agent.link import ControlPlaneLink
    from agent.tasks.runner import Runner

_STATES = {
    "reading": "reads a request",
    "writing": "writes an answer",
    "waiting": "waits for the next request",
}


def of_agent(link: ControlPlaneLink, runner: Runner) -> Iterator[Metric]:
    yield Metric("nimbus_agent_info", 1, "The version of the agent.", (("version", VERSION),))
    yield Metric("nimbus_agent_connected", float(link.connected), "Whether the control plane is reached.")
    yield Metric("nimbus_agent_tasks", len(runner.describe()), "Tasks that run or wait.")
    yield Metric(
        "nimbus_agent_results_to_report", len(runner.unreported), "Results that are not reported yet."
    )


def of_edge(report: EdgeReport) -> Iterator[Metric]:
    yield Metric("nimbus_nginx_up", float(report.nginx.running), "Whether nginx runs.")
    yield Metric("nimbus_edge_generation", report.generation, "The generation that was deployed last.")
    if report.deploy is not None:
        is_served = report.deploy.outcome in (Outcome.PROVEN, Outcome.WRITTEN)
        yield Metric("nimbus_edge_deploy_ok", float(is_served), "Whether the last generation is served.")
        yield Metric(
            "nimbus_edge_objects_not_as_wanted",
            len(report.deploy.objects),
            "Objects that are served otherwise than wanted.",
        )
    yield Metric("nimbus_edge_drifted_files", len(report.drift), "Files that were changed by hand.")
    for server in report.servers:
        labels = (("server", server.address), ("upstream", server.upstream))
        yield Metric("nimbus_upstream_server_up", float(server.healthy), "Whether a server is well.", labels)
    counts = report.counts
    if counts is None:
        return
    yield Metric("nimbus_nginx_connections", counts.active, "Connections of clients.")
    for state, meaning in _STATES.items():
        name = f"nimbus_nginx_connections_{state}"
        yield Metric(name, getattr(counts, state), f"Connections on which nginx {meaning}.")
    yield Metric("nimbus_nginx_accepted_total", counts.accepted, "Connections that were accepted.")
    yield Metric("nimbus_nginx_handled_total", counts.handled, "Connections that were handled.")
    yield Metric("nimbus_nginx_requests_total", counts.requests, "Requests of clients.")
