"""Enrolment: how a machine becomes a node, renews its certificate, and stops being one.

    token:  open --join--> used --complete--> closed;   open or used --expiry--> closed;   open --revoke--> closed

1. `issue`: a one-time secret (only its SHA-256 is stored), a provisional WireGuard key pair and an address.
2. `join`, through the provisional tunnel: the node's own keys and facts in, its certificate out. Repeated with
   the same keys (the answer was lost) it answers again; with others it is refused: one-time means once.
3. `complete`: the node has stored the answer. The address goes from the provisional key to the node's own.
   Should that message be lost, the expiry of the token does the same.

A token for several machines is never joined with: each machine claims a one-time token of its own with it
(`claims`), so many at most; a claim that no join came of is free again with that one's expiry.

Revocation is one transaction: certificates, mesh membership, open tasks and tokens of the node end together.
"""
