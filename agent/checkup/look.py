"""All findings of `nimbus-agent doctor`."""

from __future__ import annotations

from agent.checkup.edge import edge
from agent.checkup.kept import kept
from agent.checkup.machine import machine
from agent.checkup.mesh import mesh
from agent.checkup.running import is_cast_out, running
from agent.checkup.ways import ways
from agent.directory import AgentDirectory
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.http_proxy.stored import proxy_for
from agent.node_section.settings import OwnSettings
from agent.node_section.stored import stored_settings
from agent.status import describe
from nimbus.protocol.checkup.finding import Finding


def look(directory: AgentDirectory, own: OwnSettings, proxy: HttpProxy = DIRECT) -> list[Finding]:
    """Takes some seconds where something does not answer. Raises NotJoined, IdentityDamaged."""
    settings = stored_settings(directory, directory.load_node(), own)
    status = describe(directory)
    is_running = status["state"] != "stopped"
    # Who was revoked has no mesh any more: what it finds there is not the fault.
    has_mesh = settings.record.mesh is not None and not is_cast_out(status)
    return [
        *running(status),
        *(mesh(settings, own, is_running=is_running) if has_mesh else ()),
        *ways(directory, settings, proxy_for(proxy, settings.record)),
        *kept(directory, settings.record),
        *edge(directory, own),
        *machine(directory, settings.record, is_running=is_running),
    ]
