"""What the running agent says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.sighting import NETWORKS

SKEW_S = 5.0
_CAST_OUT = ("[CERTIFICATE_REVOKED]", "[SESSION_KEY_REVOKED]")


def is_cast_out(status: dict[str, Any]) -> bool:
    """The control plane has revoked this node."""
    return any(code in status["problem"] for code in _CAST_OUT)


def running(status: dict[str, Any]) -> Iterator[Finding]:
    """`status` as `agent.status.describe` gives it."""
    if status["state"] == "stopped":
        yield Finding(False, "agent", "the agent is not running", "Start it: systemctl start nimbus-agent")
        return
    is_online = status["state"] == "online"
    problem = f": {status['problem']}" if status["problem"] else ""
    yield Finding(is_online, "agent", f"the agent is running and {status['state']}{problem}")
    if status["approval"]:
        yield Finding(None, "agent", "an administrator has not approved this node yet", _approve(status))
    network = NETWORKS.get(status["mesh"]["network"]) if status["mesh"] else None
    if network:
        yield Finding(None, "network", f"the control plane sees this machine {network}")
    if status["state_problem"]:
        yield Finding(False, "disk", status["state_problem"], "Free space, or mount the disk writable.")
    yield of_offset(status["clock_offset_s"] or 0.0)


def _approve(status: dict[str, Any]) -> str:
    return f"On the control plane: nimbus node approve {status['name']}"


def of_offset(offset_s: float) -> Finding:
    """This machine's clock less the control plane's."""
    is_right = abs(offset_s) < SKEW_S
    return Finding(
        is_right,
        "clock",
        f"the clock is {offset_s:+.1f} s off the control plane's",
        "" if is_right else "Set the clock: timedatectl set-ntp true, or install chrony.",
    )
