"""Destinations of the audit log: a syslog server or a webhook that gets every row, in order, soon after it was
written.

    created -> up to date <-> behind -> failing -> behind
    disabled: nothing is sent; what is written meanwhile goes out when it is enabled again

Invariants:
- A stored cursor says how far the destination has taken the log. It moves only after the destination has said, as
  far as its protocol can, that it has the rows: each row goes out at least once, and in order.
- One control plane of those on a database sends: the one that leads.
- What waits is read a batch at a time: memory does not grow with it.
- Nothing is sent to an address that is this machine itself or in the mesh, unless the configuration allows it.
"""
