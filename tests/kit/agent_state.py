"""The agent's state file in a temporary directory, and what a kill leaves of it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import msgspec
import pytest
import trio

from agent.state.agent_state import AgentState, open_state
from nimbus.protocol.messages import LeasedTask, MetricSample, TaskResult

FILE = "state.db"


@asynccontextmanager
async def opened_state(
    folder: Path, node_id: str = "n1", joined_at: float = 0.0
) -> AsyncIterator[AgentState]:
    """As the running agent has it; closed at the end, which the agent itself does not do."""
    folder.mkdir(exist_ok=True)
    state = await trio.to_thread.run_sync(open_state, folder / FILE, node_id, joined_at)
    await state.start()
    try:
        yield state
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(state.database.close)


def killed(folder: Path, to: Path) -> Path:
    """The files as they are now, as a kill would leave them: in another folder."""
    to.mkdir()
    for file in folder.iterdir():
        if file.name.startswith(FILE):
            shutil.copyfile(file, to / file.name)
    return to


def kept_samples(folder: Path) -> list[MetricSample]:
    """Metrics that a running agent has not sent yet."""
    with tempfile.TemporaryDirectory() as place:
        copy = killed(folder, Path(place) / "copy") / FILE
        with closing(sqlite3.connect(copy)) as connection:
            rows = connection.execute("SELECT sample FROM samples ORDER BY number").fetchall()
    return [msgspec.json.decode(row[0], type=MetricSample) for row in rows]


def lease(
    task_id: str = "t1", kind: str = "collect_facts", attempt: int = 1, timeout_s: float = 60
) -> LeasedTask:
    return LeasedTask(id=task_id, kind=kind, attempt=attempt, timeout_s=timeout_s)


def succeeded(attempt: int = 1, value: object = None) -> TaskResult:
    return TaskResult(attempt=attempt, outcome="succeeded", result={"n": 1} if value is None else value)


def _need_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("mounts need root")


@contextmanager
def small_disk(folder: Path, size: str = "1m") -> Iterator[Path]:
    """A file system of its own in memory. Needs root: without it the test is skipped."""
    _need_root()
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Take every byte that is left on the disk of `folder`; deleting the file gives them back."""
    file = folder / "filling"
    with file.open("wb", buffering=0) as stream:
        piece = 64 * 1024
        while piece:
            try:
                stream.write(b"x" * piece)
            except OSError:
                piece //= 2
    return file


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """`folder`, and what is in it, cannot be written. Needs root: without it the test is skipped."""
    _need_root()
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
