"""The relay of the control plane: datagrams of WireGuard between nodes that do not reach each other.

It listens on the control plane's overlay address alone, so that WireGuard has proven who sends, and carries frames
(`nimbus.wireguard.relay_frame`) from members to members. What it carries is encrypted from node to node: it has no
key of it, keeps nothing, and forwards no packet of the overlay itself.

Invariants: nothing passes between nodes that the mesh does not join; what is too much is dropped, never kept.
"""
