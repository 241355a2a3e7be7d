"""The audit log: who did what, to which resource, from where, with what outcome.

Invariants:
- A change and its row are written in one transaction; secrets never get into a row.
- Each row's hash is keyed and covers all of the row and the hash before it, so that altering, removing, inserting
  or moving one is found (`chain`). The newest row and the last one that age has taken away are noted with a MAC.
- Who may read a row: whoever holds `audit:read` in its workspace, else in its organization, else everywhere.
"""
