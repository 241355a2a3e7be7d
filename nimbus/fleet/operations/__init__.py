"""What takes several orders on several nodes: steps, stored before they run, each a task on a node or a gate.

    running -> succeeded   every step has, or was left out
            -> failed      a step has failed, nothing runs, and nothing further begins
            -> cancelled   a step's task was cancelled, none has failed, and nothing further begins
    running -pause-> paused -resume-> running; what runs goes on to its end
    failed, cancelled -resume-> running: what failed or was cancelled is tried again
    running, paused -cancel-> cancelling -nothing runs any more-> cancelled
    running, paused, failed, cancelled -cancel with undo-> cancelling -> undoing -> cancelled; failed when a step
            could not be taken back, which may be tried again

    step: waiting -> running -> succeeded | failed | cancelled -undo-> undoing -> undone | undo_failed
          failed, cancelled -resume, or its task is tried again-> waiting, running
          waiting, failed, cancelled -resume, its node is no more-> skipped

A step begins when what it needs has succeeded, the waves before it have ended, and there is room among the units
(nodes) that may work at once. A gate is a fact that is waited for. `plan` makes the steps of a kind (pure), `rules`
decides what begins and ends (pure), `engine` does it in one transaction, `reconcile` calls it.

Invariants: all steps of an operation are in its workspace; a step is begun and its task queued in the same
transaction; what has succeeded does not run again; the way back goes from the end to the beginning; secret values
stay sealed until the order goes out. An operation without steps does not exist.
"""
