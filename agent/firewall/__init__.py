"""The node's own table of packet filter rules (nftables, `inet nimbus`): the section `firewall` of desired state.

    (told) -> fetched -> on disk -> applied in one transaction of the kernel -> read back -> named in heartbeats
    (somebody changed or flushed the table) -> noticed within a heartbeat -> applied again
    (no rule any more, or the node leaves) -> the table is removed

Files: `table` (pure: a document to what nft is told, and what it says back to comparable), `nft` (the program, and
the only one who calls it), `desired` (the document on disk), `applier` (the loops).

Invariants: no other table is ever named in what nft is told. What is dropped comes to a port of a rule, to this
host itself, from where no rule allows it; all else passes. Overlay is an interface, never an address: a host
answers on any interface for all of its addresses. What was applied was on disk before, so that no start of the
agent takes it back.
"""
