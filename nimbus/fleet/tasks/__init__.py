"""Tasks: one order to one node, queued, leased, executed, reported.

    queued --leased by the node's poll--> running --result--> succeeded | failed | cancelled
    running --failed, retryable, attempts left--> queued (due after a backoff)
    running --node silent for a lease--> queued (the same attempt is delivered again)
    queued --cancel--> cancelled;   running --cancel--> the node is told, and reports cancelled
    queued, a dependency failed or was cancelled --> cancelled

Invariants:
- Delivery is at least once and bound to one node. `attempt` grows only when a result was reported: a lease that
  is lost in delivery or expires delivers the same attempt again, and the node's journal knows whether it ran.
- The first result of a task's attempt stands; the same or an older one again changes nothing.
- What is leased is in the database before it is on the wire; a lease lives in memory and is renewed by every
  poll and heartbeat that names the task, so that a restart of the control plane counts as a renewal.
"""
