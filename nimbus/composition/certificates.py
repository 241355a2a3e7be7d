"""Joins certificates with what serves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import trio

from nimbus.composition.edge import EdgeWing
from nimbus.composition.foundation import Foundation
from nimbus.composition.places import Occupants
from nimbus.db import Transaction
from nimbus.edge.certificates import routes as certificate_routes
from nimbus.edge.certificates.expiry import ExpiryWatch
from nimbus.edge.certificates.issuing.issuer import Edges, Issuer
from nimbus.edge.certificates.issuing.orders import CertificateOrders
from nimbus.edge.certificates.issuing.records import Directory
from nimbus.edge.certificates.keeping import Keeping
from nimbus.edge.certificates.records import CertificateUse
from nimbus.edge.certificates.service import Certificates
from nimbus.edge.certificates.views import Views
from nimbus.edge.edges.service import Edges as EdgesService
from nimbus.edge.objects.checks import CertificateFacts
from nimbus.edge.objects.reading import users_of
from nimbus.fleet.nodes.records import NodeState
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route
from nimbus.people.organizations.contents import Occupant
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.errors import UsageError
from nimbus.settings.configuration import ControlPlaneConfig


class CertificateParts:
    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        nodes: Nodes,
        edge: EdgeWing,
        config: ControlPlaneConfig,
    ) -> None:
        self._nodes, self._sections = nodes, edge.sections
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        self.keeping = Keeping(clock, foundation.sealer, edge.sections.certificate_changed)
        edge.certificates = self.keeping
        views = Views(clock, organizations, self._uses)
        self.service = Certificates(database, clock, audit, organizations, self.keeping, views)
        self.orders = CertificateOrders(database, clock, audit, organizations, views)
        challenges = edge.challenges
        answering = Edges(
            lambda tx, workspace_id: _answering(edge.edges, tx, workspace_id),
            challenges.put,
            challenges.waiting_for,
            challenges.remove,
        )
        self._issuer = Issuer(
            database, clock, foundation.sealer, audit, self.keeping, answering, lambda: _directory(config)
        )
        self._issuer.subscribe(foundation.bus)
        self._expiry = ExpiryWatch(database, clock, audit)
        self._expiry.subscribe(foundation.bus)

    def find(self, tx: Transaction, workspace_id: str, reference: str) -> CertificateFacts | None:
        """For virtual hosts."""
        found = self.keeping.find(tx, workspace_id, reference)
        if found is None:
            return None
        return CertificateFacts(found.id, found.name, self.keeping.names_of(tx, found))

    def lead(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self._expiry.run)
        nursery.start_soon(self._issuer.run)

    def occupants(self) -> Occupants:
        """After virtual hosts, which use them."""
        certificates = Occupant(
            "certificates",
            Permission.CERTIFICATE_DELETE,
            self.service.names_in_workspace,
            self.service.remove_all_of_workspace,
        )
        return Occupants(last=(certificates,))

    def routes(self) -> list[Route]:
        return certificate_routes.routes(self.service, self.orders)

    def _uses(self, tx: Transaction, ids: Sequence[str]) -> Mapping[str, Sequence[CertificateUse]]:
        """Virtual hosts as they are saved, and edges, which may serve older ones."""
        uses = {
            certificate_id: [CertificateUse(use.kind, use.id, use.name) for use in found]
            for certificate_id, found in users_of(tx, ids).items()
        }
        for certificate_id in ids:
            for node_id in self._sections.serving(tx, certificate_id):
                name = self._nodes.get(tx, node_id).name
                uses.setdefault(certificate_id, []).append(CertificateUse("edge", node_id, name))
        return uses


def _answering(edges: EdgesService, tx: Transaction, workspace_id: str) -> list[str]:
    """Edges that can answer for the workspace's domains: those that are not away, or all where each of them is."""
    found = [one.node for one in edges.usable_by(tx, workspace_id)]
    there = [node for node in found if node.state is not NodeState.OFFLINE]
    return [node.id for node in there or found]


def _directory(config: ControlPlaneConfig) -> Directory:
    """As the settings have it; the external account's key is read anew each time. Raises UsageError."""
    key = ""
    if config.acme_eab_key_file:
        try:
            key = Path(config.acme_eab_key_file).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"acme_eab_key_file: {config.acme_eab_key_file} cannot be read: {error}"
            ) from None
    return Directory(
        config.acme_directory, config.acme_contact, config.acme_ca_file, config.acme_eab_key_id, key
    )
