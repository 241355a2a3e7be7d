"""The agent's systemd unit, for commands beside it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from agent import defaults
from agent.directory import AgentDirectory
from agent.status import running_pid
from nimbus.protocol.checkup.machine import unit_properties
from nimbus.protocol.errors import NimbusError

UNIT = "nimbus-agent"
_SYSTEMCTL_S = 60.0


class ServiceNotStopped(NimbusError):
    code = "SERVICE_NOT_STOPPED"


@contextmanager
def without_service(directory: AgentDirectory) -> Iterator[bool]:
    """Whether the unit is this directory's: then it is stopped, and disabled when what is inside went well; else it
    is started again. Raises ServiceNotStopped."""
    properties = unit_properties(UNIT) or {}
    if not _is_of(properties, directory):
        yield False
        return
    was_active = properties.get("ActiveState") == "active"
    _systemctl("stop")
    try:
        yield True
    except BaseException:
        if was_active:
            _systemctl("start")
        raise
    _systemctl("disable")


def _is_of(properties: dict[str, str], directory: AgentDirectory) -> bool:
    if properties.get("LoadState") != "loaded":
        return False
    pid = running_pid(directory)
    if pid is not None:
        return properties.get("MainPID") == str(pid)
    # It would start again with the machine, or tries to just now.
    return str(directory.root) == defaults.DATA_DIR


def _systemctl(verb: str) -> None:
    program = shutil.which("systemctl") or "systemctl"
    try:
        done = subprocess.run(
            [program, verb, f"{UNIT}.service"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SYSTEMCTL_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _not_stopped(verb, str(error)) from None
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise _not_stopped(verb, words[0][:200] if words else "it failed")


def _not_stopped(verb: str, reason: str) -> ServiceNotStopped:
    return ServiceNotStopped(
        f"systemctl {verb} {UNIT}: {reason}", next_step=f"Run it with sudo. See: systemctl status {UNIT}"
    )
