"""The audit log: who did what, to which resource, from where, with what outcome.

Invariant: a change and its row are written in one transaction; secrets never get into a row.
"""
