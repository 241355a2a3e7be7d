"""The machine: its clock, WireGuard, names, and systemd."""

from __future__ import annotations

import ctypes
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from nimbus.composition.checkup import rules
from nimbus.composition.checkup.finding import Finding
from nimbus.protocol.errors import NimbusError
from nimbus.settings.addresses import wireguard_endpoints
from nimbus.settings.configuration import DEFAULT_WIREGUARD_PORT, ControlPlaneConfig, split_address
from nimbus.wireguard.device import open_device

_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 512
_SYSTEMCTL_S = 10.0
_PROPERTIES = "LoadState,ActiveState,UnitFileState,Result"


def host(config: ControlPlaneConfig, *, is_running: bool) -> Iterator[Finding]:
    yield _clock()
    if config.mesh == "off":
        yield Finding(None, "mesh", "the mesh is off: nodes connect over TLS, without WireGuard")
    else:
        yield _wireguard(config)
        yield from _endpoints(config)
    systemctl = shutil.which("systemctl")
    if systemctl is not None and Path("/run/systemd/system").is_dir():
        yield rules.of_unit(_unit(systemctl), is_running=is_running)
    else:
        yield Finding(
            None, "service", "systemd is not running here: your own supervisor starts the control plane"
        )


def _clock() -> Finding:
    """Nodes and signed requests are refused when a clock is minutes off."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        state = -1
    if state == _UNSYNCHRONISED:
        return Finding(
            None,
            "clock",
            "the clock is not synchronized",
            "Enable NTP: timedatectl set-ntp true, or install chrony.",
        )
    if state < 0:
        return Finding(None, "clock", "whether the clock is synchronized is not known here")
    return Finding(True, "clock", "the clock is synchronized")


def _wireguard(config: ControlPlaneConfig) -> Finding:
    try:
        device = open_device(config.mesh, config.interface)  # type: ignore[arg-type]
        exists = device.read().exists
    except NimbusError as error:
        return Finding(False if config.mesh != "auto" else None, "mesh", error.message, error.next_step)
    return Finding(
        True,
        "mesh",
        f"WireGuard is available ({device.kind})" + (f", and {config.interface} is there" if exists else ""),
    )


def _endpoints(config: ControlPlaneConfig) -> Iterator[Finding]:
    if not config.endpoint:
        yield Finding(
            None,
            "mesh",
            f"endpoint is not set: nodes are told {wireguard_endpoints(config)[0]}",
            "If nodes are in other networks, set endpoint to this host's public HOST:PORT (UDP).",
        )
        return
    for endpoint in wireguard_endpoints(config):
        name, _ = split_address(endpoint, "endpoint", default_port=DEFAULT_WIREGUARD_PORT)
        try:
            socket.getaddrinfo(name, None)
        except OSError:
            yield Finding(
                False,
                "mesh",
                f"the name in endpoint {endpoint} does not resolve",
                "Fix the DNS record, or use an IP address.",
            )


def _unit(systemctl: str) -> dict[str, str]:
    try:
        done = subprocess.run(
            [systemctl, "show", "nimbus-api.service", f"--property={_PROPERTIES}"],
            capture_output=True,
            text=True,
            timeout=_SYSTEMCTL_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
