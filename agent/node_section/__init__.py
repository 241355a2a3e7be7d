"""The section `node` of desired state: where the control plane is, and how this node speaks to it.

    heartbeat or poll names a revision -> fetched -> kept in the state file -> who needs it is told -> the next
    heartbeat names it

Invariants: what was told last applies after a start without the control plane too; what the node knew at its join
is tried after all that it was told; a node that joined again begins with that join.
"""
