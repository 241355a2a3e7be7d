"""Orders carried out: accepted, begun in their lane, finished, and reported until the control plane has them.

    (accepted) -> WAITING in its lane -> RUNNING -> (finished: on disk) -> REPORTING -> (reported: forgotten)
    (found on disk after a start, without a result) -> UNCONFIRMED -> WAITING, when the control plane still holds it
    UNCONFIRMED or WAITING, cancelled -> finished as cancelled, never begun

Files: `runner` (which tasks there are, and in which of these states), `lanes` (which may run beside which),
`execution` (one run of a handler, what comes of it), `output` (what a handler says, as lines), `redaction` (what
is kept out of these), `task_log` (lines on their way), `reporter` (results on theirs), `rules` (pure decisions).

Invariants:
- What was interrupted runs again only after the control plane has said that it is wanted still: it may have been
  cancelled, or reported long ago (a restored copy of the disk).
- A task that was running three times when the agent died is not begun a fourth time.
- A result is sent after all lines of its task. No result and no log keeps others waiting.
"""
