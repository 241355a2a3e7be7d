"""What the agent remembers across its own end, in one SQLite file: `state.db`.

    journal        orders that were accepted, how often each was started, results until the control plane has them
    log_buffer     lines of tasks until the control plane has them
    documents      desired state by section, as last taken in; `desired_mesh` is the mesh's
    backlog        metrics that could not be sent while the control plane was out of reach

Memory is the truth while the agent runs, the file is its copy. Invariants:

- An order is in the file before it runs, and each start of it before its first effect; both are synced. What cannot
  be remembered is not begun.
- A result is written, and synced, before it is sent. When the disk takes nothing it is sent all the same, stays in
  memory and is written as soon as it can be; the health check `state` fails meanwhile.
- The file always has room for the next results: it grows ahead of need (`space`), so that a disk that others fill
  does not stop what was begun.
- Nothing here blocks the Trio thread: one thread owns the connection and commits together what waits together.
- The file is left as a kill leaves it: there is no end in order that a start could rely on.
"""
