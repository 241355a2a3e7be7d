"""The ways to the control plane: its listener for agents, its API, a proxy before it, and its version."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from agent.connect import context_of
from agent.directory import AgentDirectory
from agent.http_proxy.connecting import connected_socket, https_connection
from agent.http_proxy.proxy import HttpProxy
from agent.node_section.settings import NodeSettings
from agent.reasons import reason_of
from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.version import VERSION

TIMEOUT_S = 5.0
_MOST_BYTES = 64 * 1024


def ways(directory: AgentDirectory, settings: NodeSettings, proxy: HttpProxy) -> Iterator[Finding]:
    """One of the agents' listener's is enough, and the API is for when there is none."""
    if proxy.host:
        what = f"what is outside of the mesh is reached through the HTTP proxy {proxy.name}"
        yield Finding(None, "proxy", what)
    reached = [(url, _reach(directory, settings, url, proxy)) for url in settings.agent_api]
    is_reached = any(not problem for _, problem in reached)
    for url, problem in reached:
        yield Finding(
            True if not problem else None if is_reached else False,
            "api",
            f"the control plane answers at {url}" if not problem else f"{url} is unreachable: {problem}",
            "" if is_reached else _next_step(settings),
        )
    versions = []
    for url in settings.public_api:
        version, problem = _asked(url, proxy)
        versions.append(version)
        yield Finding(
            True if not problem else None,
            "api",
            f"the API answers at {url}" if not problem else f"the API is unreachable at {url}: {problem}",
        )
    told = next(filter(None, versions), "")
    if told:
        yield of_version(told, VERSION)


def _next_step(settings: NodeSettings) -> str:
    if settings.record.mesh is not None:
        return (
            "Allow UDP to its WireGuard port, or TCP to its API, and check that it runs: nimbus doctor there."
        )
    return "Check that the control plane runs, and that no firewall is in between."


def _reach(directory: AgentDirectory, settings: NodeSettings, url: str, proxy: HttpProxy) -> str:
    """Why it is not, "" when it is."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        context = context_of(directory, settings.record)
        with (
            connected_socket(host, parts.port or 443, TIMEOUT_S, proxy) as tcp,
            context.wrap_socket(tcp, server_hostname=host),
        ):
            return ""
    except (OSError, NimbusError) as error:
        return reason_of(error)


def _asked(url: str, proxy: HttpProxy) -> tuple[str, str]:
    """The version that it tells, "" when it tells none; and why it is not reached. Its certificate may be a proxy's
    or unknown to this machine: nothing is told to it, and nothing is done by what it says."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        connection = https_connection(parts.hostname or "", parts.port or 443, TIMEOUT_S, context, proxy)
    except OSError as error:
        return "", reason_of(error)
    try:
        connection.request("GET", "/api/v1/auth/methods")
        return str(json.loads(connection.getresponse().read(_MOST_BYTES))["data"]["version"]), ""
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return "", ""
    finally:
        connection.close()


def of_version(control_plane: str, agent: str) -> Finding:
    if control_plane == agent:
        return Finding(True, "version", f"the agent and the control plane are version {agent}")
    return Finding(
        None,
        "version",
        f"the agent is version {agent}, the control plane {control_plane}",
        "Install the agent that the control plane offers: its /install-agent.sh can be run again.",
    )
