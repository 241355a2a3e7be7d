"""What was measured of the mesh in turns: the newest of it for the state of the mesh, and how it was, for charts.

    heartbeat -> a part in memory -> with others of its node into the newest measurement
                                  -> five minutes of all its ways in a block on disk -> hours in a block -> gone

Invariants: a heartbeat never waits for a write, nor is what it brings looked at before; what is in memory of a
node, and how many nodes are written at once, is bounded; there is no row for a pair; what was measured of an
address before its present owner had it is not shown as that one's.
"""
