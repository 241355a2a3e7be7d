"""Is this the control plane's own machine? It has an interface and an address in the mesh already."""

from __future__ import annotations

import socket

import psutil

from agent.join_client import context_of
from nimbus.protocol.join_token import JoinToken, MeshInvitation

_TIMEOUT_S = 5.0


def is_control_planes_own(token: JoinToken, mesh: MeshInvitation) -> bool:
    """Whether the control plane of the token answers at its overlay address, and that is this machine's. Another
    control plane's machine may have the same address: its certificate tells."""
    if not interface_with(mesh.control_plane_address):
        return False
    try:
        with (
            socket.create_connection((mesh.control_plane_address, token.api_port), _TIMEOUT_S) as tcp,
            context_of(token).wrap_socket(tcp),
        ):
            return True
    except OSError:
        return False


def interface_with(address: str) -> str:
    """The name of the interface of this machine that has the address, "" when none has."""
    for name, addresses in psutil.net_if_addrs().items():
        if any(each.address == address for each in addresses):
            return name
    return ""
