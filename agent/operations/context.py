"""What a handler is given, and how it fails."""

from __future__ import annotations

from collections.abc import Callable

from agent.appliers.mesh import MeshApplier
from agent.directory import NodeRecord


class OperationFailed(Exception):
    """`retryable`: another attempt may help."""

    def __init__(self, code: str, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class Context:
    """`resumed`: an earlier run of this attempt was interrupted, its effect may be there in part or whole.
    `progress` tells the control plane lines (text, or what a program wrote), a percentage or both; it returns at
    once. `start_id` is that of this agent; `restart_when_reported` has it end, and be started anew, once the result
    of this task has been taken."""

    def __init__(
        self,
        *,
        resumed: bool,
        record: NodeRecord,
        mesh: MeshApplier | None,
        progress: Callable[[str | bytes, int | None], None],
        start_id: str = "",
        restart_when_reported: Callable[[], None] = lambda: None,
    ) -> None:
        self.resumed = resumed
        self.record = record
        self.mesh = mesh
        self.progress = progress
        self.start_id = start_id
        self.restart_when_reported = restart_when_reported
