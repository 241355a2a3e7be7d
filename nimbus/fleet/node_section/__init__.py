"""The section `node` of desired state: what every node is told of the control plane itself.

It is made of this control plane's settings, and the same for all nodes but for the way that each of them takes.

    the control plane starts with other settings -> the revision is raised -> heartbeats and polls name it ->
    the node fetches it, keeps it, applies it, names the revision

Invariants: the same content has the same revision for as long as this control plane runs; another content never has
one that was given before (after a restored backup it jumps). A node is told no way that it cannot go.
"""
