"""Network namespaces on one switch. Nothing is made in the machine's own namespace."""

from __future__ import annotations

import concurrent.futures
import ctypes
import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import trio

from tests.kit.lab.processes import run_now

T = TypeVar("T")
BRIDGE = "switch"
NSENTER = shutil.which("nsenter") or "nsenter"
UNDERLAY = "eth0"
_CLONE_NEWNET = 0x40000000
_NAMES = Path("/run/netns")
_KILL_TIMEOUT_S = 10.0
_libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace, and a thread that lives in it: what that thread opens belongs there."""

    def __init__(self, name: str) -> None:
        self.name = name
        run_now("ip", "netns", "add", name)
        self._thread = concurrent.futures.ThreadPoolExecutor(1, initializer=self._enter)
        try:
            self.ip("link", "set", "lo", "up")
        except BaseException:
            self.remove()
            raise

    def _enter(self) -> None:
        with (_NAMES / self.name).open() as file:
            if _libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    @property
    def prefix(self) -> list[str]:
        """What goes before a command that is to run here. The process keeps its id: nothing forks."""
        return [NSENTER, f"--net={_NAMES / self.name}", "--"]

    def ip(self, *arguments: str, check: bool = True) -> str:
        return run_now("ip", "-n", self.name, *arguments, check=check)

    def run_now(self, *command: str, check: bool = True) -> str:
        return run_now(*self.prefix, *command, check=check)

    def call_now(self, function: Callable[[], T]) -> T:
        """Call a function in the namespace; blocks."""
        return self._thread.submit(function).result()

    async def call(self, function: Callable[[], T]) -> T:
        """Call a function that may block, in the namespace. It is waited for, also when cancelled."""
        return await trio.to_thread.run_sync(self.call_now, function)

    def pids(self) -> list[int]:
        return pids_in(self.name)

    def remove(self) -> None:
        """End every process in it, daemons too, and remove it."""
        self._thread.shutdown(cancel_futures=True)
        remove_namespace(self.name)


class Switch(Namespace):
    """The underlay: one Ethernet switch."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.ip("link", "add", BRIDGE, "type", "bridge")
        # So that a capture on the bridge itself sees what is forwarded.
        self.ip("link", "set", BRIDGE, "up", "promisc", "on")

    def plug_in(self, host: Namespace, number: int, address: str) -> str:
        """Connect a host; the name of its port."""
        port = f"port{number}"
        run_now(
            *("ip", "link", "add", port, "netns", self.name, "type", "veth"),
            *("peer", "name", UNDERLAY, "netns", host.name),
        )
        self.ip("link", "set", port, "master", BRIDGE, "up")
        host.ip("address", "add", address, "dev", UNDERLAY)
        host.ip("link", "set", UNDERLAY, "up")
        return port

    def connect(self, port: str) -> None:
        self.ip("link", "set", port, "master", BRIDGE)

    def disconnect(self, port: str) -> None:
        """The host keeps its carrier and hears nothing any more, as behind a dead uplink."""
        self.ip("link", "set", port, "nomaster")


def filter_packets(host: Namespace, chain: str, match: Sequence[str], *, on: bool = True) -> None:
    """Add or remove an iptables rule that drops what matches."""
    host.run_now("iptables", "-w", "10", "-I" if on else "-D", chain, *match, "-j", "DROP")


def pids_in(namespace: str) -> list[int]:
    return [int(word) for word in run_now("ip", "netns", "pids", namespace, check=False).split()]


def remove_namespace(name: str) -> None:
    """By its name: also one that a lab that is gone has left."""
    if not (_NAMES / name).exists():
        return
    deadline = time.monotonic() + _KILL_TIMEOUT_S
    while pids := [pid for pid in pids_in(name) if not _is_zombie(pid)]:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes {pids} in the namespace {name} do not end")
        time.sleep(0.01)
    run_now("ip", "netns", "delete", name)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
