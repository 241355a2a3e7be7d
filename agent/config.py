"""The agent's settings: flags over `NIMBUS_AGENT_*` variables over /etc/nimbus/agent.toml."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Literal

import msgspec

from agent import defaults
from agent.http_proxy.proxy import parse_proxy
from agent.metrics_place import parse_place
from agent.node_section.settings import MeshDns
from nimbus.protocol.errors import UsageError
from nimbus.protocol.logs import LogFormat
from nimbus.protocol.messages import NodeAuth
from nimbus.protocol.pins import parse_pins
from nimbus.protocol.settings import load_settings
from nimbus.wireguard.addresses import join_endpoint, split_endpoint
from nimbus.wireguard.errors import InvalidWireGuard
from nimbus.wireguard.model import MTU_LIMITS


class AgentConfig(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: str = defaults.DATA_DIR
    mesh: Literal["auto", "kernel", "userspace", "off"] = "auto"
    interface: str = defaults.INTERFACE
    listen_port: int = 0
    mtu: int = 0
    mesh_endpoint: str = ""
    proxy: str = ""
    no_proxy: str = ""
    mesh_dns: MeshDns = "answer"
    nginx: str = ""
    nginx_conf: str = ""
    metrics: str = ""
    auth: NodeAuth = "mtls"
    pin: str = ""
    artifact_quota_gib: float = defaults.ARTIFACT_QUOTA_GIB
    log_format: LogFormat = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def mesh_endpoints(text: str) -> tuple[str, ...]:
    """Where a router passes on to this machine's WireGuard, as set: endpoints with a comma between them. Raises
    UsageError."""
    try:
        return tuple(join_endpoint(*split_endpoint(each.strip())) for each in text.split(",") if each.strip())
    except InvalidWireGuard as error:
        raise UsageError(f"mesh_endpoint: {error.message}", next_step=error.next_step) from None


def load(options: argparse.Namespace) -> AgentConfig:
    """Raises UsageError."""
    values = load_settings(
        AgentConfig,
        file=Path(options.config or defaults.CONFIG_FILE),
        file_required=options.config is not None,
        environment=os.environ,
        prefix="NIMBUS_AGENT_",
        flags=vars(options),
    ).values
    if not 0 <= values.listen_port <= 65535:
        raise UsageError("listen_port must be from 0 to 65535")
    if values.mtu and not MTU_LIMITS[0] <= values.mtu <= MTU_LIMITS[1]:
        raise UsageError(f"mtu must be 0 (measured) or from {MTU_LIMITS[0]} to {MTU_LIMITS[1]} bytes")
    mesh_endpoints(values.mesh_endpoint)
    parse_place(values.metrics)
    for name, path in (("nginx", values.nginx), ("nginx_conf", values.nginx_conf)):
        if path and not path.startswith("/"):
            raise UsageError(f"{name} must be a path that begins with /")
    if not 0 <= values.artifact_quota_gib <= 1_000_000:
        raise UsageError("artifact_quota_gib must be from 0 to 1000000 GiB")
    parse_pins(values.pin)
    parse_proxy(values.proxy, values.no_proxy)
    return values
