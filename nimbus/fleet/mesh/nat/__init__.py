"""Which NAT or firewall is in front of a member of the mesh, as far as others can see.

The control plane hears a node at two ports of its own (WireGuard's, and one more), other members hear it at theirs.
Where it is heard with the same address and port by all, whoever knows that can send to it; where each hears another
port, nobody can. What a node says of itself counts for one thing only: which addresses it has.
"""
