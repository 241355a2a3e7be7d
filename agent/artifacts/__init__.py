"""Artifacts on the node: files that the control plane keeps for operators, fetched when a task needs one.

    (asked for) -> `SHA256.part`, from where it was cut off or from the start -> (whole, its sum right) -> `SHA256`
    `.part` whose sum is wrong, or that finds no room -> gone
    `SHA256` or `.part`, the least recently used, when the quota has no room for another -> gone

Files: `cache` (the folder: the only module that touches it), `fetching` (the bytes come over a connection of their
own, so that heartbeats and orders never wait for them), `store` (what operations ask: a path that stays while they
use it).

Invariants: what has its name without `.part` had the sum when it got that name; nothing larger than was said is
ever written; what is in use is not removed.
"""
