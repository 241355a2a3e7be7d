"""Nodes that have joined and wait for an operator, in the transactions of enrolment.

Such a node has an identity and, with a mesh, a peer in the control plane's device under its own id; it is no
member.
"""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.records import ProvisionalPeer
from nimbus.fleet.nodes.records import Node, NodeHeld
from nimbus.fleet.nodes.service import Nodes


class HeldNodes:
    def __init__(self, nodes: Nodes, members: Members) -> None:
        self._nodes = nodes
        self._members = members

    def hold(self, tx: Transaction, node: Node, mesh_key: str) -> None:
        """A node joins and waits. Its key gets its address when the join is complete (`seat`)."""
        self._nodes.save(tx, msgspec.structs.replace(node, mesh_key=mesh_key))
        tx.emit(NodeHeld(node.id))

    def seat(self, tx: Transaction, node_id: str) -> None:
        """The join of a node is complete: one that waits is a peer of the control plane, and of nobody else."""
        node = self._nodes.find(tx, node_id)
        if node is not None and node.is_waiting and node.mesh_key:
            self._members.end_provisional(tx, node.id)
            self._members.add_provisional(tx, ProvisionalPeer(node.id, node.mesh_key, node.overlay_ip))

    def unseat(self, tx: Transaction, node_id: str) -> None:
        """It is let in, or goes."""
        self._members.end_provisional(tx, node_id)
