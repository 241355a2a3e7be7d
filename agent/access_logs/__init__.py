"""Access logs of this machine's nginx, on their way to the control plane.

    nginx -> access.log (or what it was renamed to) -> lines, masked as their host wants -> batch -> stored

A file is known by its first line, which no two have: so it is the same file after it was renamed, copied or the
agent was killed, and another one after it was truncated. The control plane answers up to which byte of it
everything is stored, and that is where the next batch begins.

Invariants:
- Each line arrives once, whatever is killed or rotated; what was gone before it could be read is counted.
- nginx's own files are the buffer while the control plane is away: bounded, the oldest lines go first.
- What a virtual host does not want to have kept (addresses, queries) does not leave this machine.
"""
