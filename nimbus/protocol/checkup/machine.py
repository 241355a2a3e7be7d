"""Facts of the machine that both doctors look at. Blocks; changes nothing."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

from nimbus.protocol.checkup import rules
from nimbus.protocol.checkup.finding import Finding

_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 512
_SYSTEMCTL_S = 10.0
_PROPERTIES = "LoadState,ActiveState,UnitFileState,Result,MainPID"


def clock() -> Finding:
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        state = -1
    return rules.of_clock(None if state < 0 else state != _UNSYNCHRONISED)


def unit(name: str, what: str, *, is_running: bool) -> Finding:
    """NAME.service, which starts `what`."""
    properties = unit_properties(name)
    if properties is None:
        return Finding(None, "service", f"systemd is not running here: your own supervisor starts {what}")
    return rules.of_unit(name, what, properties, is_running=is_running)


def unit_properties(name: str) -> dict[str, str] | None:
    """None where systemd does not run."""
    systemctl = shutil.which("systemctl")
    if systemctl is None or not Path("/run/systemd/system").is_dir():
        return None
    try:
        done = subprocess.run(
            [systemctl, "show", f"{name}.service", f"--property={_PROPERTIES}"],
            capture_output=True,
            text=True,
            timeout=_SYSTEMCTL_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
