"""What an interface of this agent is known by."""

from __future__ import annotations

from agent.damage import read_mesh_key
from agent.directory import AgentDirectory
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.ownership import Owner


def owner_of(directory: AgentDirectory) -> Owner:
    mark = f"nimbus-agent {directory.root}"
    try:
        return Owner(mark, (read_mesh_key(directory.wireguard_key),))
    except NimbusError:  # there is none yet, or it is damaged: the mark has to tell
        return Owner(mark)
