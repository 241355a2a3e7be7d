"""The journal of tasks on disk: an order that was accepted is not forgotten, and its result is not lost.

One JSON object per line, appended and fsynced before the agent goes on: `accepted` (the lease), `started`,
`finished` (the result), `reported`. A last line that a crash left unfinished is passed over; when much of the
file is about tasks that are over it is written anew. Methods block: the agent calls them in a thread.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Literal

import msgspec

from nimbus.protocol.files import SECRET_MODE, write_atomically
from nimbus.protocol.messages import LeasedTask, TaskResult

COMPACT_ABOVE_BYTES = 1024 * 1024


class Entry(msgspec.Struct, omit_defaults=True):
    step: Literal["accepted", "started", "finished", "reported"]
    id: str
    lease: LeasedTask | None = None
    result: TaskResult | None = None


class Held(msgspec.Struct):
    """A task that the agent has. `started` without `result` after a restart: it was interrupted."""

    lease: LeasedTask
    started: bool = False
    result: TaskResult | None = None


class Journal:
    """Made by `open_journal`."""

    def __init__(self, path: Path, held: dict[str, Held]) -> None:
        self._path = path
        self._held = held
        self._lock = threading.Lock()
        self._handle = -1
        self._rewrite()

    def held(self) -> dict[str, Held]:
        """Every task that is not reported yet."""
        with self._lock:
            return dict(self._held)

    def accept(self, leases: list[LeasedTask]) -> list[LeasedTask]:
        """Take orders in; those that are new. One that the agent has already is not run again. A later attempt
        of one that is finished says that the control plane has the result of the earlier: it is new."""
        with self._lock:
            fresh = [lease for lease in leases if self._is_new(lease)]
            self._append([Entry("accepted", lease.id, lease=lease) for lease in fresh])
            self._held.update({lease.id: Held(lease) for lease in fresh})
            return fresh

    def _is_new(self, lease: LeasedTask) -> bool:
        held = self._held.get(lease.id)
        return held is None or (held.result is not None and held.result.attempt < lease.attempt)

    def start(self, task_id: str) -> bool:
        """Before the first effect. True when it was started before: the handler is told."""
        with self._lock:
            held = self._held[task_id]
            resumed = held.started
            if not resumed:
                self._append([Entry("started", task_id)])
                held.started = True
            return resumed

    def finish(self, task_id: str, result: TaskResult) -> None:
        """Before the result is sent."""
        with self._lock:
            self._append([Entry("finished", task_id, result=result)])
            self._held[task_id].result = result

    def reported(self, task_id: str, attempt: int) -> None:
        """The control plane has the result of this attempt."""
        with self._lock:
            held = self._held.get(task_id)
            if held is not None and held.lease.attempt == attempt:
                del self._held[task_id]
                self._append([Entry("reported", task_id)])
                if os.fstat(self._handle).st_size > COMPACT_ABOVE_BYTES:
                    self._rewrite()

    def close(self) -> None:
        with self._lock:
            os.close(self._handle)

    def _append(self, entries: list[Entry]) -> None:
        if not entries:
            return
        view = memoryview(b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))
        size = os.fstat(self._handle).st_size
        try:
            while view:
                view = view[os.write(self._handle, view) :]
            os.fdatasync(self._handle)
        except OSError:
            # A half-written line would spoil the next one.
            os.ftruncate(self._handle, size)
            raise

    def _rewrite(self) -> None:
        lines: list[bytes] = []
        for task_id, held in self._held.items():
            lines.append(msgspec.json.encode(Entry("accepted", task_id, lease=held.lease)))
            if held.started:
                lines.append(msgspec.json.encode(Entry("started", task_id)))
            if held.result is not None:
                lines.append(msgspec.json.encode(Entry("finished", task_id, result=held.result)))
        write_atomically(self._path, b"".join(line + b"\n" for line in lines), mode=SECRET_MODE)
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)


def open_journal(path: Path) -> Journal:
    """Read what the last run left."""
    held: dict[str, Held] = {}
    content = path.read_bytes() if path.exists() else b""
    for line in content.splitlines():
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except msgspec.DecodeError:
            continue
        _replay(held, entry)
    return Journal(path, held)


def _replay(held: dict[str, Held], entry: Entry) -> None:
    if entry.step == "accepted" and entry.lease is not None:
        held[entry.id] = Held(entry.lease)
    elif entry.step == "reported":
        held.pop(entry.id, None)
    elif entry.id in held:
        if entry.step == "started":
            held[entry.id].started = True
        elif entry.result is not None:
            held[entry.id].result = entry.result
