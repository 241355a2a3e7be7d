"""Control plane and agents as processes of this machine, from the source: real ones, without namespaces or root."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from ssl import create_default_context

from tests.kit.database import is_postgresql, place
from tests.kit.ports import free_ports

PROJECT = Path(__file__).parents[2]
START_S = 30.0
STOP_S = 8.0


class Running:
    """One process, its output in a file."""

    def __init__(self, name: str, arguments: list[str], folder: Path) -> None:
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "XDG_CONFIG_HOME": str(folder / "config")},
            )

    def until_it_says(self, words: str, seconds: float = 20.0) -> None:
        """Until its output has these words. Fails the test when it ends before, or takes longer."""
        deadline = time.monotonic() + seconds
        while words not in (output := self.log.read_text("utf-8")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"did not say {words!r}: {output}")
            time.sleep(0.05)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(STOP_S)


class ControlPlaneProcess:
    """`nimbus api` on loopback without a mesh. It may be killed and started again on the same ports. `name`: the
    host name that it is reached by, which passkeys want. `program`: its module and first arguments."""

    def __init__(self, folder: Path, *, name: str = "", program: Sequence[str] = ("nimbus", "api")) -> None:
        self.folder = folder
        self.data = folder / "control-plane"
        self.port, self.agent_port = free_ports(2)
        self.url = f"https://{name or '127.0.0.1'}:{self.port}"
        self._program = program
        self._advertised = ["--advertise", name] if name else []
        self._running: Running | None = None

    def start(self) -> None:
        arguments = [*self._program, "--data-dir", str(self.data), "--mesh", "off"]
        arguments += ["--listen", f"127.0.0.1:{self.port}", "--agent-port", str(self.agent_port)]
        if is_postgresql() and self._program == ("nimbus", "api"):
            arguments += ["--database", str(place(self.folder))]
        arguments += ["--heartbeat-interval", "1", "--rate-limit-per-address", "0", *self._advertised]
        self._running = Running("control-plane", arguments, self.folder)
        deadline = time.monotonic() + START_S
        while not self.is_ready():
            if self._running.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self._running.log.read_text("utf-8"))
            time.sleep(0.05)

    def is_ready(self) -> bool:
        ca = self.data / "pki/ca.crt"
        if not ca.is_file():
            return False
        try:
            with urllib.request.urlopen(
                f"{self.url}/readyz", context=create_default_context(cafile=ca)
            ) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """As a power cut would."""
        assert self._running is not None
        self._running.end(signal.SIGKILL)

    def stop(self) -> int:
        assert self._running is not None
        return self._running.end()

    def setup_token(self) -> str:
        """It is written just after the first request is answered."""
        file, deadline = self.data / "setup-token", time.monotonic() + START_S
        while not file.is_file() and time.monotonic() < deadline:
            time.sleep(0.05)
        return file.read_text("utf-8").strip()

    def said(self) -> str:
        assert self._running is not None
        return self._running.log.read_text("utf-8")


@contextmanager
def control_plane_process(folder: Path, *, name: str = "") -> Iterator[ControlPlaneProcess]:
    plane = ControlPlaneProcess(folder, name=name)
    plane.start()
    try:
        yield plane
    finally:
        plane.stop()


@contextmanager
def agent_process(folder: Path, name: str, token: str) -> Iterator[Running]:
    """A real agent: it joins and runs until the end of the block."""
    with ExitStack() as stack:
        running = Running(
            name, ["agent", "join", token, "--data-dir", str(folder / name), "--mesh", "off", "--run"], folder
        )
        stack.callback(running.end)
        yield running


@contextmanager
def agent_again(folder: Path, name: str) -> Iterator[Running]:
    """The agent of a machine that has joined before."""
    running = Running(f"{name}-again", ["agent", "run", "--data-dir", str(folder / name)], folder)
    try:
        yield running
    finally:
        running.end()
