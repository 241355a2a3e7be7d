"""Which client certificate belongs to which node: in memory, so that every connection is decided at once."""

from __future__ import annotations

from nimbus.db import Database
from nimbus.fleet.nodes.records import CertificateIssued, NodeRevoked
from nimbus.fleet.nodes.service import Nodes
from nimbus.http.agents.tls import PeerCertificate
from nimbus.kernel.events import EventBus


class CertificateIndex:
    """Serial to node id of the certificates that are valid. A revocation takes effect before anybody hears that
    it succeeded: events come before answers."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._by_serial: dict[str, str] = {}
        self._by_node: dict[str, set[str]] = {}

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(CertificateIssued, self._on_issued)
        bus.subscribe(NodeRevoked, self._on_revoked)

    async def load(self, database: Database) -> None:
        for serial, node_id in (await database.read(self._nodes.valid_certificates)).items():
            self._on_issued(CertificateIssued(node_id, serial))

    def identify(self, certificate: PeerCertificate) -> str | None:
        """The node, when the certificate is one that we issued to it and did not revoke."""
        node_id = self._by_serial.get(certificate.serial)
        return node_id if node_id == certificate.common_name else None

    def _on_issued(self, event: CertificateIssued) -> None:
        self._by_serial[event.serial] = event.node_id
        self._by_node.setdefault(event.node_id, set()).add(event.serial)

    def _on_revoked(self, event: NodeRevoked) -> None:
        for serial in self._by_node.pop(event.node_id, ()):
            self._by_serial.pop(serial, None)
