"""Hosts for WireGuard tests: network namespaces joined by a veth pair, with code running inside them."""

from __future__ import annotations

import concurrent.futures
import ctypes
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from nimbus.wireguard.device import open_device
from nimbus.wireguard.model import Interface, InterfaceState
from nimbus.wireguard.plan import Plan, plan

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def run(*arguments: str, check: bool = True, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(arguments, check=check, capture_output=True, text=True, timeout=timeout)


def wait_until(what: str, question: Callable[[], T], seconds: float = 10) -> T:
    """Ask until the answer is truthy; the deadline ends the test."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Host:
    """A network namespace of our own, and a thread that lives in it."""

    def __init__(self, label: str) -> None:
        self.namespace = f"nwg{label}{secrets.token_hex(3)}"
        # Interface names are shared by namespaces through /var/run/wireguard: one name for each host.
        self.interface = f"w{label}{secrets.token_hex(4)}"
        run("ip", "netns", "add", self.namespace)
        self._thread = concurrent.futures.ThreadPoolExecutor(1, initializer=self._enter)
        self.run("ip", "link", "set", "lo", "up")

    def _enter(self) -> None:
        with open(f"/run/netns/{self.namespace}") as file:
            if _libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def enter_and(self, function: Callable[[], T]) -> T:
        """Call a function in the namespace, for good: the calling thread stays there."""
        self._enter()
        return function()

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Call a function in the namespace."""
        return self._thread.submit(function, *arguments).result(timeout=60)

    def run(
        self, *arguments: str, check: bool = True, timeout: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the namespace."""
        return run("ip", "netns", "exec", self.namespace, *arguments, check=check, timeout=timeout)

    def close(self) -> None:
        """Remove the namespace and what is in it."""
        self._thread.shutdown()
        run("ip", "netns", "delete", self.namespace)


class WireGuardHost(Host):
    """A host with a WireGuard device of the kind under test."""

    def __init__(self, label: str, mode: str) -> None:
        super().__init__(label)
        try:
            self.device = self.call(lambda: open_device(mode, self.interface))  # type: ignore[arg-type]
        except BaseException:
            super().close()
            raise

    def read(self) -> InterfaceState:
        """The state of the interface."""
        return self.call(self.device.read)

    def converge(self, want: Interface, previous: Interface | None = None) -> Plan:
        """Read, plan, apply; returns what was done."""
        todo = plan(self.read(), want, previous)
        if todo:
            self.call(self.device.apply, todo, want)
        return todo

    def close(self) -> None:
        try:
            self.call(self.device.delete)
        finally:
            super().close()


@contextmanager
def two_hosts(mode: str) -> Iterator[tuple[WireGuardHost, WireGuardHost]]:
    """Two hosts, 198.51.100.1 and .2 (and 2001:db8::1 and ::2), joined by a veth pair."""
    first = WireGuardHost("a", mode)
    try:
        second = WireGuardHost("b", mode)
        try:
            run(
                *("ip", "link", "add", "under", "netns", first.namespace, "type", "veth"),
                *("peer", "name", "under", "netns", second.namespace),
            )
            for number, host in ((1, first), (2, second)):
                host.run("ip", "address", "add", f"198.51.100.{number}/24", "dev", "under")
                host.run("ip", "address", "add", f"2001:db8::{number}/64", "dev", "under", "nodad")
                host.run("ip", "link", "set", "under", "up")
            yield first, second
        finally:
            second.close()
    finally:
        first.close()


def is_root() -> bool:
    """Whether namespaces can be made."""
    return os.geteuid() == 0
