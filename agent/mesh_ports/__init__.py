"""What peers in the mesh may send each other, by port: a table of packet filter rules of its own (nftables,
`inet nimbus_mesh`), as the control plane tells it with the members.

    (told) -> on disk -> closed in the table -> the device gets its peers -> opened in the table
    (nft is not there, or fails) -> those peers are not put on the device; heartbeats say that ports are not kept
    (somebody changed or flushed the table) -> noticed within a heartbeat -> made anew
    (no peer needs it any more, or the node leaves) -> the table is removed

Files: `table` (pure: what nft is told, and whether what it lists is that), `filter` (what is in place, and the
order).

Invariants: a peer is on the device only while its ports are in place. A peer to whom everything is open is not in
the table. Packets of other interfaces are not looked at.
"""
