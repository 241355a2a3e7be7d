"""Nodes: the machines that run `nimbus-agent`, what they last said, and whether they are there.

    Pending --first heartbeat--> Online <--> Degraded   (a health check fails / all pass)
    Online, Degraded --no heartbeat for 3 intervals--> Offline --heartbeat--> Online or Degraded
    Maintenance is set by hand and shown instead of the state underneath until it is taken off.

Invariants: a heartbeat never waits for a write (the newest per node is kept in memory and flushed together);
the state underneath follows from the last heartbeat alone; a deleted node keeps its row, without its name.
"""
