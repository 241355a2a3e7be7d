"""Programs of a lab: run to an end, or kept running with a log; ended by their process ids."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import trio

STOP_TIMEOUT_S = 10.0


class DidNotStart(AssertionError):
    """A program ended, or said nothing, before it was ready."""


@dataclass(frozen=True)
class Finished:
    """A program that ran to its end."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The last line of standard error: the one that says what went wrong."""
        lines = self.err.strip().splitlines()
        return lines[-1] if lines else ""


async def run(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 60.0
) -> Finished:
    """Run a program to its end; it is ended when that takes longer, or when the caller is cancelled."""
    with trio.fail_after(timeout):
        done = await trio.run_process(
            list(command),
            stdin=stdin.encode(),
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env=env,
        )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_now(*command: str, check: bool = True, timeout: float = 30.0) -> str:
    """For set-up and clean-up, which must not be interrupted half-way: blocks. Its standard output."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


class Process:
    """A program that stays. Its output is appended to `log`; it tells that it is ready as to systemd."""

    def __init__(self, name: str, process: trio.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    async def wait(self, timeout: float = STOP_TIMEOUT_S) -> int:
        """The exit status, negative for a signal. Raises trio.TooSlowError."""
        with trio.fail_after(timeout):
            return await self._process.wait()

    async def stop(self, timeout: float = STOP_TIMEOUT_S) -> int:
        """SIGTERM, and the status that it ends with. Raises trio.TooSlowError."""
        self.signal(signal.SIGTERM)
        return await self.wait(timeout)

    async def kill(self) -> int:
        """SIGKILL."""
        self.signal(signal.SIGKILL)
        return await self.wait()

    def signal(self, number: int) -> None:
        if self.running:
            self._process.send_signal(number)

    def tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


async def start(
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    ready: Path,
    timeout: float = 30.0,
) -> Process:
    """Start a program and wait until it says READY=1 to the socket `ready`. Raises DidNotStart."""
    ready.unlink(missing_ok=True)
    with trio.socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        await channel.bind(os.fspath(ready))
        ready.chmod(0o666)
        with log.open("ab") as stream:
            opened = await trio.lowlevel.open_process(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env={**env, "NOTIFY_SOCKET": os.fspath(ready)},
            )
        process = Process(name, opened, log)
        try:
            with trio.fail_after(timeout):
                is_ready = await _ready_or_ended(channel, opened)
        except BaseException as error:
            with trio.CancelScope(shield=True):
                await process.kill()
            if isinstance(error, trio.TooSlowError):
                raise DidNotStart(f"{name} is not ready after {timeout:g} s:\n{process.tail()}") from None
            raise
    if not is_ready:
        raise DidNotStart(f"{name} ended with status {opened.returncode}:\n{process.tail()}")
    return process


async def _ready_or_ended(channel: trio.socket.SocketType, process: trio.Process) -> bool:
    is_ready = False

    async def listen() -> None:
        nonlocal is_ready
        while b"READY=1" not in (await channel.recv(4096)).splitlines():
            pass
        is_ready = True
        nursery.cancel_scope.cancel()

    async def end() -> None:
        await process.wait()
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        nursery.start_soon(end)
    return is_ready
