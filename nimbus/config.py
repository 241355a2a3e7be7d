"""The control plane's configuration: fields, defaults, and what must hold between them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from nimbus.protocol.errors import UsageError
from nimbus.protocol.logs import LogFormat

DEFAULT_CONFIG_FILE = Path("/etc/nimbus/nimbus.toml")
ENVIRONMENT_PREFIX = "NIMBUS_"
MeshMode = Literal["auto", "kernel", "userspace", "off"]


def default_data_dir() -> str:
    if os.geteuid() == 0:
        return "/var/lib/nimbus"
    base = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return str(Path(base) / "nimbus")


class ControlPlaneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Fields are flags (`--agent-port`), variables (`NIMBUS_AGENT_PORT`) and keys of the file (`agent_port`)."""

    data_dir: str = msgspec.field(default_factory=default_data_dir)
    """Directory of the database, the CA and the master key."""
    listen: str = "0.0.0.0:8443"
    """ADDR:PORT of the API for operators and joining nodes."""
    agent_port: int = 8444
    """Port of the agents' listener, on the overlay address (without a mesh: on the listen address)."""
    endpoint: str = ""
    """HOST:PORT (UDP) at which nodes reach this control plane's WireGuard."""
    advertise: str = ""
    """Host name or address that join commands use for the API; found by itself when empty."""
    overlay: str = "10.106.103.0/24"
    """IPv4 network of the mesh."""
    mesh: MeshMode = "auto"
    """auto takes the kernel's WireGuard, else a userspace program, else none."""
    wireguard_port: int = 0
    """UDP port that WireGuard listens on here; 0: the port of `endpoint`, else 51820."""
    interface: str = "nimbus0"
    """Name of the WireGuard interface."""
    tls_cert: str = ""
    """Certificate chain (PEM) of the API instead of the internal CA's."""
    tls_key: str = ""
    heartbeat_interval: float = 10.0
    """Seconds between heartbeats of a node."""
    log_format: LogFormat = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


DEFAULT_WIREGUARD_PORT = 51820


def split_address(text: str, what: str, *, default_port: int | None = None) -> tuple[str, int]:
    """`HOST:PORT`, `[V6]:PORT`, and with a default port also `HOST` and `V6`. Raises UsageError."""
    host, separator, port = text.rpartition(":")
    if not separator or port.endswith("]") or (host.count(":") and not host.startswith("[")):
        host, port = text, str(default_port) if default_port is not None else ""
    host = host.strip("[]")
    if not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535:
        raise UsageError(f"{what}: {text!r} is not HOST:PORT")
    return host, int(port)


def check(config: ControlPlaneConfig) -> None:
    """Raises UsageError when the values do not fit together."""
    split_address(config.listen, "listen", default_port=8443)
    if config.endpoint:
        host, port = split_address(config.endpoint, "endpoint", default_port=DEFAULT_WIREGUARD_PORT)
        if not host or not port:
            raise UsageError(f"endpoint: {config.endpoint!r} needs a host and a port")
    if not 1 <= config.agent_port <= 65535:
        raise UsageError("agent_port must be from 1 to 65535")
    if bool(config.tls_cert) != bool(config.tls_key):
        raise UsageError("tls_cert and tls_key belong together: give both or neither")
    if not 0.05 <= config.heartbeat_interval <= 300:
        raise UsageError("heartbeat_interval must be from 0.05 to 300 seconds")
