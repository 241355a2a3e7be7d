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
- What a node names without holding it open here (cancelled while it was away, unknown to a restored database) it is
  told to cancel. What excludes each other on a node (`exclusive` of its kind) is leased one after the other.
- A result that cannot be used is stored with its failed task: only a store that fails has the node send it again.
- The log of a task has an end (10,000 lines or 4 MiB, marked), and only a task that runs on its node has progress,
  which is told to those who follow and no event that is kept.
- What is leased is in the database before it is on the wire; a lease lives in memory and is renewed by every
  poll and heartbeat that names the task, so that a restart of the control plane counts as a renewal.
"""
