"""The ways to the control plane: its listener for agents, its API, a proxy before it, and its version."""

from __future__ import annotations

import hashlib
import http.client
import re
import ssl
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
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
_MOST_BYTES = 4096
_DIGEST = re.compile(r"[0-9a-f]{64}\b")


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
    offers = []
    for url in settings.public_api:
        offered, problem = _asked(url, proxy)
        offers.append(offered)
        yield Finding(
            True if not problem else None,
            "api",
            f"the API answers at {url}" if not problem else f"the API is unreachable at {url}: {problem}",
        )
    offered, own = next(filter(None, offers), ""), _own_digest()
    if offered and own:
        yield of_version(offered, own)


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
    """SHA-256 of the agent that it offers, "" when it offers none; and why it is not reached. Its certificate may
    be a proxy's or unknown to this machine: nothing is told to it, and nothing is done by what it says."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        connection = https_connection(parts.hostname or "", parts.port or 443, TIMEOUT_S, context, proxy)
    except OSError as error:
        return "", reason_of(error)
    try:
        connection.request("GET", "/download/nimbus-agent.sha256")
        found = _DIGEST.match(connection.getresponse().read(_MOST_BYTES).decode("latin-1"))
        return found[0] if found else "", ""
    except (OSError, http.client.HTTPException):
        return "", ""
    finally:
        connection.close()


def _own_digest() -> str:
    """SHA-256 of this executable, "" when the agent runs from source."""
    file = Path(sys.argv[0])
    try:
        if not zipfile.is_zipfile(file):
            return ""
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return ""


def of_version(offered: str, own: str) -> Finding:
    """Digests of the agent that the control plane offers, and of this one."""
    if offered == own:
        return Finding(True, "version", f"the agent ({VERSION}) is the one that the control plane offers")
    return Finding(
        None,
        "version",
        f"the control plane offers another version of the agent than this one ({VERSION})",
        "Install it: the control plane's /install-agent.sh can be run again.",
    )
