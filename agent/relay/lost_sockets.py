"""Endpoints on this machine's loopback whose socket is gone: of an agent, or of a join, that has ended."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nimbus.wireguard.model import InterfaceState


def without_lost_sockets(state: InterfaceState, is_ours: Callable[[str], bool]) -> InterfaceState:
    """The state, where peers have no endpoint instead of one that leads to nothing: then the wanted one is set."""
    lost = {
        key: msgspec.structs.replace(peer, endpoint=None)
        for key, peer in state.peers.items()
        if peer.endpoint and peer.endpoint.startswith("127.") and not is_ours(peer.endpoint)
    }
    return msgspec.structs.replace(state, peers=state.peers | lost) if lost else state
