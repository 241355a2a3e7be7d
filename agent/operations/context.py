"""What a handler is given."""

from __future__ import annotations

from collections.abc import Callable

from agent.appliers.mesh import MeshApplier
from agent.artifacts.store import Artifacts
from agent.directory import NodeRecord
from agent.edge.applier import EdgeApplier
from agent.firewall.applier import FirewallApplier


class Context:
    """`resumed`: an earlier run of this attempt was interrupted, its effect may be there in part or whole.
    `progress` tells the control plane lines (text, or what a program wrote), a percentage or both; it returns at
    once. `start_id` is that of this agent; `restart_when_reported` has it end, and be started anew, once the result
    of this task has been taken. `artifacts` are the files that operators uploaded; before a port of a
    resource is opened, `firewall.require` waits for its rule; `edge` is nginx."""

    def __init__(
        self,
        *,
        resumed: bool,
        record: NodeRecord,
        mesh: MeshApplier | None,
        progress: Callable[[str | bytes, int | None], None],
        start_id: str = "",
        restart_when_reported: Callable[[], None] = lambda: None,
        artifacts: Artifacts | None = None,
        firewall: FirewallApplier | None = None,
        edge: EdgeApplier | None = None,
    ) -> None:
        self.resumed = resumed
        self.record = record
        self.mesh = mesh
        self.progress = progress
        self.start_id = start_id
        self.restart_when_reported = restart_when_reported
        self.artifacts = artifacts
        self.firewall = firewall
        self.edge = edge
