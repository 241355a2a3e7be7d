"""Which client certificate belongs to which node: in memory, so that every connection is decided at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from nimbus.db import Database
from nimbus.fleet.nodes.credentials.recognition import Recognition
from nimbus.fleet.nodes.records import (
    CertificateEnded,
    CertificateIssued,
    NodeRevoked,
    ShownCertificate,
    Standing,
)
from nimbus.fleet.nodes.service import Nodes
from nimbus.http.agents.messages import AgentResponse
from nimbus.http.agents.responses import CERTIFICATE_REVOKED, CERTIFICATE_UNKNOWN
from nimbus.http.agents.tls import PeerCertificate
from nimbus.kernel.clock import MICROSECONDS, from_seconds
from nimbus.kernel.events import EventBus
from nimbus.trust.pki.authority import BACKDATE
from nimbus.trust.pki.revocations import Revocation

# What has expired is kept a while: a clock may be wrong.
_KEPT_AFTER_EXPIRY_US = from_seconds(86400)
_NONE: Mapping[str, Revocation] = {}
log = logging.getLogger("nimbus.agents")


class CertificateIndex:
    """Belongs to the Trio thread. Memory decides what it knows; of what it does not know the database is asked,
    while the connection is told to come again. A revocation takes effect before anybody hears that it succeeded:
    events come before answers. `listed` were revoked, whatever the database says. `in_mesh`: nodes come over the
    mesh."""

    def __init__(
        self,
        nodes: Nodes,
        recognition: Recognition,
        database: Database,
        listed: Mapping[str, Revocation] = _NONE,
        *,
        in_mesh: bool = False,
    ) -> None:
        self._nodes = nodes
        self._recognition = recognition
        self._database = database
        self._listed = listed
        self._in_mesh = in_mesh
        # Serial to node id and to when it expires.
        self._good: dict[str, tuple[str, int]] = {}
        self._by_node: dict[str, set[str]] = {}
        # Serial to when it expires.
        self._revoked: dict[str, int] = {}
        self._asking: set[str] = set()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(CertificateIssued, self._on_issued)
        bus.subscribe(CertificateEnded, self._on_ended)
        bus.subscribe(NodeRevoked, self._on_revoked)

    async def load(self) -> None:
        for known in await self._database.read(self._nodes.known_certificates):
            if known.revoked:
                self._revoked[known.serial] = known.expires_at
            else:
                self._on_issued(CertificateIssued(known.node_id, known.serial, known.expires_at))
        for each in self._listed.values():
            self._revoked[each.credential] = each.expires_at * MICROSECONDS

    def identify(self, certificate: PeerCertificate, source: str) -> str | AgentResponse:
        """The node, or what it is refused with."""
        if certificate.serial in self._revoked:
            return CERTIFICATE_REVOKED
        node_id, _expires_at = self._good.get(certificate.serial, ("", 0))
        if node_id and node_id == certificate.common_name:
            return node_id
        self._ask(certificate, source)
        return CERTIFICATE_UNKNOWN

    def _ask(self, certificate: PeerCertificate, source: str) -> None:
        serial = certificate.serial
        if serial in self._asking:
            return
        self._asking.add(serial)
        expires_at = round(certificate.not_after * MICROSECONDS)
        shown = ShownCertificate(
            serial=serial,
            node_id=certificate.common_name,
            issued_at=round((certificate.not_before + BACKDATE.total_seconds()) * MICROSECONDS),
            expires_at=expires_at,
            fingerprint=certificate.fingerprint,
            source=source,
            in_mesh=self._in_mesh,
        )

        def done(standing: Standing | None, error: BaseException | None) -> None:
            self._asking.discard(serial)
            if error is not None:
                log.error("the certificate %s could not be looked up: %s", serial, error)
            elif standing is Standing.REVOKED:
                self._revoked[serial] = expires_at
            elif standing is Standing.UNKNOWN:
                log.warning(
                    "the certificate %s, which names the node %s, is not known here", serial, shown.node_id
                )

        self._database.submit(lambda tx: self._recognition.recognise(tx, shown), done)

    def forget_expired(self, now: int) -> None:
        """TLS refuses them. Should the clock have been wrong, the database knows them still."""
        limit = now - _KEPT_AFTER_EXPIRY_US
        for serial in [serial for serial, (_node, end) in self._good.items() if end < limit]:
            node_id, _end = self._good.pop(serial)
            self._by_node[node_id].discard(serial)
            if not self._by_node[node_id]:
                del self._by_node[node_id]
        for serial in [serial for serial, end in self._revoked.items() if end < limit]:
            del self._revoked[serial]

    def _on_issued(self, event: CertificateIssued) -> None:
        self._good[event.serial] = event.node_id, event.expires_at
        self._by_node.setdefault(event.node_id, set()).add(event.serial)

    def _on_ended(self, event: CertificateEnded) -> None:
        self._good.pop(event.serial, None)
        self._by_node.get(event.node_id, set()).discard(event.serial)
        self._revoked[event.serial] = event.expires_at

    def _on_revoked(self, event: NodeRevoked) -> None:
        for serial in self._by_node.pop(event.node_id, ()):
            _node_id, expires_at = self._good.pop(serial)
            self._revoked[serial] = expires_at
