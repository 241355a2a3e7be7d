"""The node's interface in the mesh: endpoint, handshake, port, MTU, names."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator

import trio

from agent.appliers.control_plane_way import SESSION_LIFETIME_S, handshake_age
from agent.appliers.hub import addresses_of
from agent.appliers.mtu_probe import largest_that_passes
from agent.checkup.names import names
from agent.node_section.settings import NodeSettings, OwnSettings
from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.addresses import split_endpoint
from nimbus.wireguard.device import Device, open_device
from nimbus.wireguard.model import InterfaceState

_KINDS = {
    "kernel": "the kernel's WireGuard",
    "userspace": "WireGuard in a program (slower than the kernel's)",
}


def mesh(settings: NodeSettings, own: OwnSettings, *, is_running: bool) -> Iterator[Finding]:
    """Of a node that is in the mesh."""
    record = settings.record
    assert record.mesh is not None
    for endpoint in settings.endpoints:
        yield from _endpoint(endpoint)
    try:
        device = open_device(record.mesh_mode, record.interface)  # type: ignore[arg-type]
        state = device.read()
    except NimbusError as error:
        what = f"the interface {record.interface} cannot be read: {error.message}"
        yield Finding(None, "mesh", what, error.next_step)
        return
    yield from _interface(settings, device, state)
    if state.exists and is_running:
        yield from names(record, own.mesh_dns)


def _endpoint(endpoint: str) -> Iterator[Finding]:
    """Nothing is said of an address that needs no looking up."""
    try:
        ipaddress.ip_address(split_endpoint(endpoint)[0])
    except ValueError:
        found = ", ".join(addresses_of(endpoint))
        yield Finding(
            bool(found),
            "names",
            f"WireGuard's endpoint {endpoint} is at {found}" if found else f"{endpoint} has no address",
            ""
            if found
            else "Fix this machine's DNS, or use an IP address in the control plane's --endpoint.",
        )


def _interface(settings: NodeSettings, device: Device, state: InterfaceState) -> Iterator[Finding]:
    mesh = settings.record.mesh
    assert mesh is not None
    if not state.exists:
        what = f"the interface {state.name} does not exist"
        yield Finding(False, "mesh", what, "Start the agent: it creates the interface.")
        return
    yield Finding(True, "mesh", f"the interface {state.name} is there, by {_KINDS[device.kind]}")
    yield from _handshake(state, mesh.peer_key)
    wanted, has = settings.record.listen_port, state.listen_port
    if wanted and has != wanted:
        yield Finding(
            None,
            "mesh",
            f"WireGuard listens on UDP port {has} instead of {wanted}, which another program uses",
            "Restart the agent when the port is free, or set another one: nimbus node set --port.",
        )
    else:
        yield Finding(True, "mesh", f"WireGuard listens on UDP port {has}")
    if settings.alert:
        yield Finding(
            None,
            "settings",
            settings.alert,
            "Remove them from the agent's settings file if this is not intended.",
        )
    yield of_mtu(state.mtu, trio.run(largest_that_passes, mesh.control_plane_address, state.mtu))


def _handshake(state: InterfaceState, peer_key: str) -> Iterator[Finding]:
    peer = state.peers.get(peer_key)
    if peer is not None and (peer.endpoint or "").startswith("127."):
        yield Finding(
            None,
            "mesh",
            "UDP to the control plane is blocked: WireGuard goes over TLS, which is slower",
            "Allow UDP to the control plane's WireGuard port. The agent switches back automatically.",
        )
    age = handshake_age(peer, time.time())
    is_alive = age is not None and age < SESSION_LIFETIME_S
    yield Finding(
        is_alive,
        "mesh",
        "no WireGuard handshake with the control plane yet"
        if age is None
        else f"the last WireGuard handshake with the control plane was {age:.0f} s ago",
        ""
        if is_alive
        else "Allow UDP to the control plane's WireGuard port, and check that the control plane runs.",
    )


def of_mtu(mtu: int, passes: int | None) -> Finding:
    """`passes`: how large a packet arrives at the control plane; None: it does not answer."""
    if passes is None:
        what = f"the MTU is {mtu}; not verified, because the control plane does not answer pings"
        return Finding(None, "mtu", what)
    return Finding(
        passes >= mtu,
        "mtu",
        f"the MTU is {mtu}; packets of {passes} bytes arrive",
        "" if passes >= mtu else f"Larger ones are lost. Set mtu = {passes} in the agent's settings.",
    )
