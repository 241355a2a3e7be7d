"""A datagram by which the control plane sees at a second port of its own where a node's packets come from.

A node sends it from the port that its WireGuard has. Nothing answers. `token` is what the control plane has given
the node for that, 16 bytes: who does not have it is not heard.
"""

from __future__ import annotations

_BEGINNING = b"nimbus sighting 1 "
TOKEN_BYTES = 16
# What seems to be in front of a node, as it is told to it and to people; what is not known is not in it.
NETWORKS = {
    "udp_blocked": "in a network that lets no UDP through to the control plane: it goes by TLS",
    "none": "behind no NAT",
    "firewall": "behind no NAT, but behind a firewall that lets in nothing but answers",
    "same_port": "behind a NAT; its port is kept for all destinations",
    "port_per_destination": "behind a NAT; it gets another port for each destination (symmetric)",
    "nat": "behind a NAT",
}
SIZE = len(_BEGINNING) + TOKEN_BYTES


def datagram(token: bytes) -> bytes:
    return _BEGINNING + token


def token_of(received: bytes) -> bytes | None:
    """None of anything else."""
    is_one = len(received) == SIZE and received.startswith(_BEGINNING)
    return received[len(_BEGINNING) :] if is_one else None
