"""What agents before the state file left: `journal.jsonl`, `desired/mesh.jsonl`, `metrics.jsonl`,
`metrics.1.jsonl`.

They are read once and taken into the state file, and go when that is written. Until then they are read again at
each start, which changes nothing: nothing has run in between that the file knows and they do not.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

import msgspec

from agent.state.desired_mesh import ChecksumMismatch, DesiredMesh
from agent.state.journal import HeldTask
from nimbus.protocol.messages import LeasedTask, MeshDelta, TaskResult

log = logging.getLogger("nimbus.agent")


class OldFiles:
    def __init__(self, root: Path) -> None:
        self.journal = root / "journal.jsonl"
        self.desired = root / "desired"
        self.mesh = self.desired / "mesh.jsonl"
        # The older first.
        self.metrics = (root / "metrics.1.jsonl", root / "metrics.jsonl")

    @property
    def are_there(self) -> bool:
        return any(file.exists() for file in (self.journal, self.mesh, *self.metrics))

    def remove(self) -> None:
        """Raises OSError."""
        for file in (self.journal, self.mesh, *self.metrics):
            file.unlink(missing_ok=True)
        if self.desired.is_dir() and not any(self.desired.iterdir()):
            self.desired.rmdir()

    def held_tasks(self) -> dict[str, HeldTask]:
        """A last line that a crash left unfinished is passed over."""
        held: dict[str, HeldTask] = {}
        for line in _lines(self.journal):
            try:
                _replay(held, msgspec.json.decode(line, type=_Entry))
            except msgspec.DecodeError:
                continue
        return held

    def mesh_members(self, desired: DesiredMesh) -> None:
        """Taken into `desired`, as far as the file is whole."""
        for line in _lines(self.mesh):
            try:
                desired.apply(msgspec.json.decode(line, type=MeshDelta))
            except (msgspec.DecodeError, ChecksumMismatch):
                return

    def samples(self) -> list[bytes]:
        return [line for file in self.metrics for line in _lines(file)]


class _Entry(msgspec.Struct):
    step: Literal["accepted", "started", "finished", "reported"]
    id: str
    lease: LeasedTask | None = None
    result: TaskResult | None = None


def _replay(held: dict[str, HeldTask], entry: _Entry) -> None:
    if entry.step == "accepted" and entry.lease is not None:
        held[entry.id] = HeldTask(entry.lease)
    elif entry.step == "reported":
        held.pop(entry.id, None)
    elif entry.id in held:
        if entry.step == "started":
            held[entry.id].starts = 1
        elif entry.result is not None:
            held[entry.id].result = entry.result


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        log.error("%s cannot be read: %s", file, error)
        return []
