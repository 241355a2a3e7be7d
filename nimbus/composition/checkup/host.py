"""The machine: its clock, WireGuard, names, and systemd."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from nimbus.protocol.checkup import machine
from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.errors import NimbusError
from nimbus.settings.addresses import wireguard_endpoints
from nimbus.settings.configuration import DEFAULT_WIREGUARD_PORT, ControlPlaneConfig, split_address
from nimbus.wireguard.device import open_device


def host(config: ControlPlaneConfig, *, is_running: bool) -> Iterator[Finding]:
    yield machine.clock()
    if config.mesh == "off":
        yield Finding(None, "mesh", "the mesh is off: nodes connect over TLS, without WireGuard")
    else:
        yield _wireguard(config)
        yield from _endpoints(config)
    yield machine.unit("nimbus-api", "the control plane", is_running=is_running)


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
