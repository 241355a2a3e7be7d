"""Ways between this node and the other members of the mesh: where each may be reached, which of it is used.

WireGuard has one endpoint for a peer, and follows a peer that moves. What is decided here is where it sends while
there is no session: which address next, when to ask the other end to send as well, when to go by a relay, and when
to try without it again.
"""
