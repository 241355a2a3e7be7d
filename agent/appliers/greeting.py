"""The first packet to a new peer, sent by one side only.

Two WireGuard peers that start a handshake at the same moment spoil each other's, and one that starts before the
other knows it is not heard; both then wait five seconds (whitepaper, section 6.4). So the node that comes into a
mesh opens the sessions: the others were told of it before. Of two that come at once the one with the smaller
public key goes first.

A peer behind a NAT is asked to send first, by a node that is behind none: what comes in unasked may cost it the
port that it is known by.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.model import PeerState
from nimbus.wireguard.sessions import open_sessions

# By then every node that is online has been told of the newcomer (debounced by at most a second).
DELAY_S = 1.0
SECOND_DELAY_S = 0.6


def nobody(_peers: list[MeshPeer]) -> set[str]:
    return set()


async def greet(
    own_key: str,
    peers: list[MeshPeer],
    peer_states: Callable[[], Awaitable[dict[str, PeerState]]],
    ask: Callable[[list[MeshPeer]], set[str]] = nobody,
) -> None:
    """One datagram to each; whether it arrives does not matter. `ask` has those send first that should, and gives
    their ids."""
    reachable = [peer for peer in peers if peer.endpoint and peer.public_key]
    if not reachable:
        return
    await trio.sleep(DELAY_S)
    asked = ask(reachable)
    open_sessions(
        peer.address for peer in reachable if own_key < peer.public_key and peer.node_id not in asked
    )
    await trio.sleep(SECOND_DELAY_S)
    states = await peer_states()
    open_sessions(peer.address for peer in reachable if not _has_session(states, peer))


def _has_session(states: dict[str, PeerState], peer: MeshPeer) -> bool:
    state = states.get(peer.public_key)
    return state is not None and bool(state.last_handshake)
