"""Of what kind a node is, by what is stored of it."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.fleet.mesh.policy import store
from nimbus.fleet.mesh.policy.rules import Book
from nimbus.fleet.mesh.policy.subjects import Home, Kind, Subject
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.people.organizations.service import Organizations


class Kinds:
    def __init__(self, nodes: Nodes, organizations: Organizations) -> None:
        self._nodes = nodes
        self._organizations = organizations

    def of(self, tx: Transaction, node_id: str) -> Kind:
        """By the documents that are stored. Raises NotFound."""
        return self.home(tx, node_id).kind

    def home(self, tx: Transaction, node_id: str) -> Home:
        """Raises NotFound."""
        node = self._nodes.get(tx, node_id)
        workspace = self._organizations.get(tx, node.workspace_id)
        subject = _subject(workspace.organization_id, node)
        return Home(store.book(tx).kind_of(subject), workspace.name)

    def by(self, tx: Transaction, book: Book, node: Node) -> Kind:
        """By other documents."""
        organization = self._organizations.get(tx, node.workspace_id).organization_id
        return book.kind_of(_subject(organization, node))


def _subject(organization: str, node: Node) -> Subject:
    return Subject(organization, node.workspace_id, node.labels, node.report.keeps_ports)
