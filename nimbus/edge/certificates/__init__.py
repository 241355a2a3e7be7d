"""Certificates that edges serve, with their private keys, which are kept sealed.

    uploaded --replaced--> version 2, 3 ... --> expiring (30 days) --> expired

Invariants:
- A version never changes. The newest is what edges are told to serve; the last five are kept, so that an edge
  that is behind gets what it was told of.
- A version's key is that of its first certificate, each of the following has signed the one before it, and it was
  good when it came. Nothing of what was refused is kept.
- A key leaves in two ways only: to a node that serves it, and by an export, whose audit row is committed first.
"""
