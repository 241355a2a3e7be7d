"""Ways to other nodes by a relay: where no datagram of WireGuard passes directly.

WireGuard sends to a socket on this machine's loopback, one for each peer that is relayed. What comes out there goes
in frames (`nimbus.wireguard.relay_frame`) through the mesh to a relay, and from there to the peer, which gives it
to its own WireGuard in the same way. The session is between the two nodes: a relay carries what it cannot read.

    WireGuard --127.0.0.1--> Relays --mesh--> control plane, or a node that relays --mesh--> Relays --> WireGuard
"""
