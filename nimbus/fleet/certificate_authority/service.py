"""The door to the certificate authority: who depends on which, a new one, and the end of the old."""

from __future__ import annotations

import logging

from nimbus.db import Database, Transaction
from nimbus.db.several import Several
from nimbus.fleet.certificate_authority import store
from nimbus.fleet.certificate_authority.records import (
    AuthorityChanged,
    CaCertificate,
    CaRotationRequest,
    CaView,
    DependentNode,
    RetireQuery,
)
from nimbus.fleet.certificate_authority.rules import (
    NAMED_IN_A_VIEW,
    RETIRED,
    ROTATED,
    NodeTrust,
    check_none_depends,
    dependents,
    unrecorded_change,
)
from nimbus.fleet.node_section.service import SECTION, NodeSections
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import SYSTEM, Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, Unavailable
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki.authority import Authority
from nimbus.trust.pki.description import described

log = logging.getLogger("nimbus.pki")


class CertificateAuthority:
    """Belongs to the Trio thread; signs and writes on the writer's. `several` None: no other control plane can be
    on the database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        authority: Authority,
        nodes: Nodes,
        node_sections: NodeSections,
        several: Several | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._authority = authority
        self._nodes = nodes
        self._node_sections = node_sections
        self._several = several

    async def load(self) -> None:
        """Record what an earlier process did to the authority's files and could not record any more."""
        if not await self._database.read(self._unrecorded):
            return

        def record(tx: Transaction) -> None:
            # Of several that start at the same time one records it.
            action = self._unrecorded(tx)
            if action:
                ended = action == RETIRED
                began_at = self._authority.began_at
                cut_off = self._nodes.end_certificates_before(tx, began_at) if ended else frozenset[str]()
                now = _certificate(self._authority, previous=False)
                self._audit.record(
                    tx,
                    SYSTEM,
                    action,
                    Resource("ca", now.fingerprint, now.fingerprint[:16]),
                    after={"fingerprint": now.fingerprint, "noticed": "at the start: the process was killed"},
                )
                tx.emit(AuthorityChanged(cut_off))
                log.warning("%s was not in the audit log: recorded now", action)

        await self._database.write(record)

    def _unrecorded(self, tx: Transaction) -> str:
        return unrecorded_change(
            store.newest_change(tx),
            _certificate(self._authority, previous=False).fingerprint,
            overlaps=self._authority.previous is not None,
        )

    async def show(self, actor: Actor) -> CaView:
        actor.require_everywhere(Permission.SETTINGS_READ)
        return await self._database.read(self._view)

    async def rotate(self, actor: Actor, request: CaRotationRequest) -> CaView:
        """Another authority signs from now on; the present one stays trusted. Raises Conflict while there are two
        already, or when another control plane may be there that has a copy of the present one."""
        actor.require_everywhere(Permission.SETTINGS_WRITE)
        self._check_alone(request)

        def rotate(tx: Transaction) -> None:
            if self._authority.previous is not None:
                raise Conflict(
                    "the authority was followed by another already, and is trusted still",
                    next_step="End it first: nimbus ca retire",
                )
            before = _certificate(self._authority, previous=False)
            try:
                self._authority.rotate(self._clock.now)
            except OSError as error:
                raise Unavailable(
                    f"the new authority cannot be written: {error.strerror}",
                    next_step="See nimbus ca show for which one signs, and make room on the disk.",
                ) from None
            self._changed(tx, actor, ROTATED, before)

        await self._database.write(rotate)
        await self._node_sections.load()
        return await self._database.read(self._view)

    async def retire(self, actor: Actor, query: RetireQuery) -> CaView:
        """The previous authority is trusted no more. Raises Conflict when there is none, NodesDepend."""
        actor.require_everywhere(Permission.SETTINGS_WRITE)
        # A rotation that did not end may have left that to be done.
        await self._node_sections.load()

        def retire(tx: Transaction) -> None:
            if self._authority.previous is None:
                raise Conflict(
                    "there is no previous authority", next_step="A new one is made with: nimbus ca rotate"
                )
            if not query.force:
                check_none_depends(self._dependent(store.trusts(tx, SECTION, self._clock.now())))
            before = _certificate(self._authority, previous=True)
            cut_off = self._nodes.end_certificates_before(tx, self._authority.began_at)
            self._authority.end_previous()
            self._changed(tx, actor, RETIRED, before, cut_off)

        await self._database.write(retire)
        await self._node_sections.load()
        return await self._database.read(self._view)

    def _check_alone(self, request: CaRotationRequest) -> None:
        if self._several is None:
            return
        if not request.alone:
            raise Conflict(
                "other control planes may be on this database, each with a copy of the authority",
                next_step="Stop the others, rotate with --alone, then copy pki/ to them and start them.",
            )
        if not self._several.leads:
            raise Conflict(
                "another control plane on this database leads",
                next_step="Stop the others first, or ask that one.",
            )

    def _changed(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        before: CaCertificate,
        cut_off: frozenset[str] = frozenset(),
    ) -> None:
        now = _certificate(self._authority, previous=False)
        self._audit.record(
            tx,
            actor,
            action,
            Resource("ca", now.fingerprint, now.fingerprint[:16]),
            before={"fingerprint": before.fingerprint},
            after={"fingerprint": now.fingerprint},
        )
        tx.emit(AuthorityChanged(cut_off))

    def _dependent(self, trusts: list[NodeTrust]) -> list[DependentNode]:
        sections = self._node_sections
        # The authority is changed before nodes are told of it: until then none of them knows it.
        told_at = sections.revision if sections.is_current else sections.revision + 1
        return dependents(trusts, self._authority.began_at, told_at)

    def _view(self, tx: Transaction) -> CaView:
        overlaps = self._authority.previous is not None
        trusts = store.trusts(tx, SECTION, self._clock.now())
        found = self._dependent(trusts) if overlaps else []
        return CaView(
            current=_certificate(self._authority, previous=False),
            previous=_certificate(self._authority, previous=True) if overlaps else None,
            rotated_at=to_rfc3339(self._authority.began_at) if overlaps else None,
            nodes=len(trusts),
            dependent=len(found),
            dependent_nodes=tuple(found[:NAMED_IN_A_VIEW]),
        )


def _certificate(authority: Authority, *, previous: bool) -> CaCertificate:
    certificate = authority.previous if previous else authority.certificate
    assert certificate is not None
    description = described(certificate)
    return CaCertificate(
        subject=description.subject,
        serial=description.serial,
        fingerprint=description.fingerprint,
        not_before=to_rfc3339(description.not_before),
        not_after=to_rfc3339(description.not_after),
    )
