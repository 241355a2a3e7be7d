"""`nimbus-agent doctor`: what of this node works just now, looked at from here. Changes nothing; blocks."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec
import trio

from agent.appliers.control_plane_way import SESSION_LIFETIME_S, handshake_age
from agent.appliers.hub import addresses_of
from agent.appliers.mtu_probe import largest_that_passes
from agent.connect import context_of
from agent.directory import AgentDirectory
from agent.http_proxy.connecting import connected_socket
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.http_proxy.stored import proxy_for
from agent.node_section.settings import NodeSettings, OwnSettings
from agent.node_section.stored import stored_settings
from agent.reasons import reason_of
from agent.status import describe
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.sighting import NETWORKS
from nimbus.wireguard.device import open_device
from nimbus.wireguard.model import InterfaceState

TIMEOUT_S = 5.0
SKEW_S = 5.0


class Finding(msgspec.Struct, frozen=True):
    """`ok` null: neither good nor bad. `next_step` is what to do, "" for nothing."""

    ok: bool | None
    what: str
    next_step: str = ""


def look(directory: AgentDirectory, own: OwnSettings, proxy: HttpProxy = DIRECT) -> list[Finding]:
    """Raises NotJoined, IdentityDamaged."""
    settings = stored_settings(directory, directory.load_node(), own)
    return [
        *_agent(directory),
        *(_mesh(settings) if settings.record.mesh is not None else ()),
        *_ways(directory, settings, proxy_for(proxy, settings.record)),
    ]


def _agent(directory: AgentDirectory) -> Iterator[Finding]:
    status = describe(directory)
    if status["state"] == "stopped":
        yield Finding(False, "the agent is not running", "Start it: systemctl start nimbus-agent")
        return
    is_online = status["state"] == "online"
    yield Finding(is_online, f"the agent is running and {status['state']}" + _after(status["problem"]))
    network = NETWORKS.get(status["mesh"]["network"]) if status["mesh"] else None
    if network:
        yield Finding(None, f"the control plane sees this machine {network}")
    if status["state_problem"]:
        yield Finding(False, status["state_problem"])
    offset = status["clock_offset_s"] or 0.0
    yield Finding(
        abs(offset) < SKEW_S,
        f"the clock is {offset:+.1f} s off the control plane's",
        "" if abs(offset) < SKEW_S else "Set the clock (NTP).",
    )


def _after(problem: str) -> str:
    return f": {problem}" if problem else ""


def _mesh(settings: NodeSettings) -> Iterator[Finding]:
    record = settings.record
    assert record.mesh is not None
    for endpoint in settings.endpoints:
        found = ", ".join(addresses_of(endpoint))
        yield Finding(
            bool(found),
            f"WireGuard's endpoint {endpoint} is at {found}" if found else f"{endpoint} has no address",
            ""
            if found
            else "Fix this machine's DNS, or use an IP address in the control plane's --endpoint.",
        )
    try:
        state = open_device(record.mesh_mode, record.interface).read()  # type: ignore[arg-type]
    except NimbusError as error:
        yield Finding(
            None, f"the interface {record.interface} cannot be read: {error.message}", error.next_step
        )
        return
    yield from _interface(settings, state)


def _interface(settings: NodeSettings, state: InterfaceState) -> Iterator[Finding]:
    mesh = settings.record.mesh
    assert mesh is not None
    if not state.exists:
        yield Finding(
            False, f"the interface {state.name} does not exist", "Start the agent: it creates the interface."
        )
        return
    peer = state.peers.get(mesh.peer_key)
    if peer is not None and (peer.endpoint or "").startswith("127."):
        yield Finding(
            None,
            "UDP to the control plane is blocked: WireGuard goes over TLS, which is slower",
            "Allow UDP to the control plane's WireGuard port. The agent switches back automatically.",
        )
    age = handshake_age(peer, time.time())
    is_alive = age is not None and age < SESSION_LIFETIME_S
    yield Finding(
        is_alive,
        "no WireGuard handshake with the control plane yet"
        if age is None
        else f"the last WireGuard handshake with the control plane was {age:.0f} s ago",
        ""
        if is_alive
        else "Allow UDP to the control plane's WireGuard port, and check that the control plane runs.",
    )
    wanted, has = settings.record.listen_port, state.listen_port
    if wanted and has != wanted:
        yield Finding(
            None,
            f"WireGuard listens on UDP port {has}instead of {wanted}, which another program uses",
            "Restart the agent when the port is free, or set another one: nimbus node set --port.",
        )
    else:
        yield Finding(True, f"WireGuard listens on UDP port {has}")
    if settings.alert:
        yield Finding(
            None, settings.alert, "Remove them from the agent's settings file if this is not intended."
        )
    passes = trio.run(largest_that_passes, mesh.control_plane_address, state.mtu)
    if passes is None:
        yield Finding(
            None, f"the MTU is {state.mtu}; not verified, because the control plane does not answer pings"
        )
    else:
        yield Finding(
            passes >= state.mtu,
            f"the MTU is {state.mtu}; packets of {passes} bytes arrive",
            ""
            if passes >= state.mtu
            else f"Larger ones are lost. Set mtu = {passes} in the agent's settings.",
        )


def _ways(directory: AgentDirectory, settings: NodeSettings, proxy: HttpProxy) -> Iterator[Finding]:
    """One of the agents' listener's is enough, and the API is for when there is none."""
    if proxy.host:
        yield Finding(None, f"what is outside of the mesh is reached through the HTTP proxy {proxy.name}")
    reached = [(url, _reach(directory, settings, url, proxy)) for url in settings.agent_api]
    is_reached = any(not problem for _, problem in reached)
    for url, problem in reached:
        yield Finding(
            True if not problem else None if is_reached else False,
            f"the control plane answers at {url}" if not problem else f"{url} is unreachable: {problem}",
        )
    for url in settings.public_api:
        problem = _reach(directory, settings, url, proxy, knows_server=False)
        yield Finding(
            True if not problem else None,
            f"the API answers at {url}" if not problem else f"the API is unreachable at {url}: {problem}",
        )


def _reach(
    directory: AgentDirectory,
    settings: NodeSettings,
    url: str,
    proxy: HttpProxy,
    *,
    knows_server: bool = True,
) -> str:
    """Why it is not, "" when it is."""
    parts = urlsplit(url)
    context = context_of(directory, settings.record)
    if not knows_server:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host = parts.hostname or ""
    try:
        with (
            connected_socket(host, parts.port or 443, TIMEOUT_S, proxy) as tcp,
            context.wrap_socket(tcp, server_hostname=host),
        ):
            return ""
    except OSError as error:
        return reason_of(error)
