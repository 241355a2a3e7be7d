"""One host of a lab: its namespace, its folder and the environment of its programs."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.kit.lab.network import UNDERLAY, Namespace, Switch, filter_packets
from tests.kit.lab.options import LabOptions
from tests.kit.lab.processes import Finished, Process, run, start
from tests.kit.lab.waiting import wait_until

SETPRIV = shutil.which("setpriv") or "setpriv"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Surroundings(Protocol):
    """What a host needs of its lab."""

    options: LabOptions
    folder: Path
    cache: Path
    switch: Switch
    processes: list[Process]

    @property
    def prefix(self) -> str: ...

    def program(self, name: str) -> list[str]: ...


class LabHost:
    """One host: a namespace, a folder, and the environment of its programs. Made by `Lab.add_host`."""

    def __init__(self, lab: Surroundings, name: str, number: int, namespace: Namespace, port: str) -> None:
        self.lab = lab
        self.name = name
        self.namespace = namespace
        self.address = lab.options.address(number).partition("/")[0]
        # Userspace WireGuard has one folder of sockets for the machine: no two interfaces share a name.
        self.interface = f"{lab.prefix}{number}"
        self.folder = lab.folder / name
        self.data = self.folder / "data"
        self.agent: Process | None = None
        self.port = port
        self._loss: list[str] | None = None
        for folder in (self.folder, self.folder / "home"):
            folder.mkdir(mode=0o755)
        self.environment = {
            "PATH": f"{lab.folder / 'bin'}:{SYSTEM_PATH}",
            "HOME": os.fspath(self.folder / "home"),
            "LC_ALL": "C.UTF-8",
            "SHIV_ROOT": os.fspath(lab.cache),
            "XDG_CONFIG_HOME": os.fspath(self.folder / "config"),
            "NIMBUS_INTERFACE": self.interface,
            "NIMBUS_DATA_DIR": os.fspath(self.data),
            "NIMBUS_AGENT_INTERFACE": self.interface,
            "NIMBUS_AGENT_DATA_DIR": os.fspath(self.data),
        }
        self._write_shell()

    def _write_shell(self) -> None:
        variables = " ".join(f"'{key}={value}'" for key, value in self.environment.items())
        enter = " ".join(self.namespace.prefix)
        script = (
            f'#!/bin/sh\n[ $# -gt 0 ] || set -- sh\nexec {enter} env {variables} PS1="{self.name}# " "$@"\n'
        )
        file = self.folder / "shell"
        file.write_text(script, "utf-8")
        file.chmod(0o755)

    def _command(self, command: Sequence[str], user: str) -> list[str]:
        as_user = [SETPRIV, f"--reuid={user}", "--regid=nogroup", "--clear-groups", "--"] if user else []
        return [*self.namespace.prefix, *as_user, *command]

    async def run(
        self,
        *command: str,
        stdin: str = "",
        timeout: float = 60.0,
        env: Mapping[str, str] | None = None,
        user: str = "",
    ) -> Finished:
        """Run a program on this host to its end, as root or as `user`."""
        return await run(
            self._command(command, user), env=self.environment | dict(env or {}), stdin=stdin, timeout=timeout
        )

    async def start(
        self,
        name: str,
        *command: str,
        env: Mapping[str, str] | None = None,
        user: str = "",
        timeout: float = 30,
    ) -> Process:
        """Start a program that stays and tells when it is ready. Ends with the lab."""
        process = await start(
            name,
            self._command(command, user),
            env=self.environment | dict(env or {}),
            log=self.folder / f"{name}.log",
            ready=self.folder / f"{name}.ready",
            timeout=timeout,
        )
        self.lab.processes.append(process)
        return process

    async def nimbus_agent(self, *arguments: str, **options: Any) -> Finished:
        """`nimbus-agent ARGUMENTS` on this host."""
        return await self.run(*self.lab.program("nimbus-agent"), *arguments, **options)

    async def status(self, **options: Any) -> dict[str, Any]:
        """`nimbus-agent status`."""
        done = await self.nimbus_agent("status", "-o", "json", **options)
        assert done.status == 0, done.err
        answer: dict[str, Any] = json.loads(done.out)
        return answer

    async def wait_problem(self, code: str, timeout: float = 20.0, *, user: str = "") -> str:
        """Until the agent's status, asked by `user`, names this code; the problem."""

        async def named() -> str:
            problem = str((await self.status(user=user))["problem"])
            return problem if f"[{code}]" in problem else ""

        return await wait_until(f"{self.name} names {code}", named, timeout=timeout, interval=0.3)

    async def ping(self, address: str, *, timeout: float = 1.0, size: int = 56) -> bool:
        """`size` in bytes, without headers."""
        wait = str(math.ceil(timeout))
        done = await self.run("ping", "-n", "-c", "1", "-W", wait, "-s", str(size), "-M", "dont", address)
        return done.status == 0

    def partition(self) -> None:
        """Nothing reaches this host or leaves it, silently."""
        self.lab.switch.disconnect(self.port)

    def heal(self) -> None:
        self.lab.switch.connect(self.port)

    def lose(self, percent: float) -> None:
        """Drop that share of what arrives from the underlay; 0 ends it."""
        if self._loss is not None:
            filter_packets(self.namespace, "INPUT", self._loss, on=False)
            self._loss = None
        if percent:
            share = f"{percent / 100:.4f}"
            self._loss = ["-i", UNDERLAY, "-m", "statistic", "--mode", "random", "--probability", share]
            filter_packets(self.namespace, "INPUT", self._loss)


CLOCK_SHIM = """\
# A fake: shifts what Python code sees as the time of day. C code (OpenSSL) and monotonic clocks are untouched.
import time

_shift = {seconds!r}
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + _shift
time.time_ns = lambda: _time_ns() + int(_shift * 1e9)
"""


def fake_clock(host: LabHost, seconds: float) -> dict[str, str]:
    """Variables with which a Python program sees its clock that far ahead (or behind, when negative). A fake:
    libfaketime stops CPython's waits, and namespaces cannot shift CLOCK_REALTIME."""
    folder = host.folder / f"clock{seconds:+g}"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(CLOCK_SHIM.format(seconds=seconds), "utf-8")
    return {"PYTHONPATH": os.fspath(folder)}
