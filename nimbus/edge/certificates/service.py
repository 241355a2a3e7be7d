"""The door to certificates for operators."""

from __future__ import annotations

import builtins

from nimbus.db import Database, Transaction
from nimbus.edge.certificates import store
from nimbus.edge.certificates.chains import Checked, checked_chain
from nimbus.edge.certificates.issuing import store as issuances
from nimbus.edge.certificates.keeping import Keeping
from nimbus.edge.certificates.records import (
    Certificate,
    CertificateExport,
    CertificatePatch,
    CertificateQuery,
    CertificateReplacement,
    CertificateUpload,
    CertificateVersionView,
    EdgeCertificateView,
)
from nimbus.edge.certificates.rules import RESERVED_NAMES
from nimbus.edge.certificates.views import Views, version_view
from nimbus.edge.host_names import covers_name
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.described import changed_words, checked_words
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import check_label_filter, check_name
from nimbus.kernel.revisions import check_name_free, revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

SHOWN_USES = 10
CERTIFICATE = Lookup("certificate", Permission.CERTIFICATE_READ, store.get, store.find_in)


class Certificates:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        keeping: Keeping,
        views: Views,
    ) -> None:
        self._database, self._clock, self._audit = database, clock, audit
        self._organizations, self._keeping, self._views = organizations, keeping, views

    async def list(
        self, actor: Actor, query: CertificateQuery, workspace: str = ""
    ) -> tuple[builtins.list[EdgeCertificateView], int]:
        actor.require(Permission.CERTIFICATE_READ)
        check_label_filter(query.label)

        def read_page(tx: Transaction) -> tuple[builtins.list[EdgeCertificateView], int]:
            within = self._organizations.reached(tx, actor, Permission.CERTIFICATE_READ, workspace)
            found, total = store.select(tx, query, workspaces=within)
            return self._views.of(tx, found), total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> EdgeCertificateView:
        return await self._database.read(
            lambda tx: self._view(tx, self._resolve(tx, actor, Permission.CERTIFICATE_READ, target))
        )

    async def versions(self, actor: Actor, target: Target) -> builtins.list[CertificateVersionView]:
        """Newest first."""

        def read(tx: Transaction) -> builtins.list[CertificateVersionView]:
            certificate = self._resolve(tx, actor, Permission.CERTIFICATE_READ, target)
            return [
                version_view(version, certificate.version) for version in store.versions(tx, certificate.id)
            ]

        return await self._database.read(read)

    async def upload(
        self, actor: Actor, request: CertificateUpload, workspace: str = ""
    ) -> EdgeCertificateView:
        if workspace and request.workspace:
            raise invalid("workspace", "is named by the query already")
        words = checked_words(request, check_own_name)
        checked = checked_chain(request.chain, request.private_key, self._clock.now())

        def upload(tx: Transaction) -> EdgeCertificateView:
            reference = workspace or request.workspace
            home = self._organizations.resolve(tx, actor, Permission.CERTIFICATE_WRITE, reference)
            now = self._clock.now()
            certificate = Certificate(
                id=new_id(),
                workspace_id=home.id,
                not_after=checked.not_after,
                created_by=actor.name,
                created_at=now,
                updated_at=now,
                **words,
            )
            check_free(tx, certificate)
            store.insert(tx, certificate)
            self._keeping.add(tx, certificate, checked, actor.name)
            self._audit.record(
                tx,
                actor,
                "certificate.create",
                resource(certificate),
                after={**auditable(certificate), **_facts(checked)},
            )
            return self._view(tx, certificate, checked.notes)

        return await self._database.write(upload)

    async def replace(
        self, actor: Actor, target: Target, request: CertificateReplacement
    ) -> EdgeCertificateView:
        """Another version, which the edges that serve it are told at once."""
        checked = checked_chain(request.chain, request.private_key, self._clock.now())

        def replace(tx: Transaction) -> EdgeCertificateView:
            present = self._resolve(tx, actor, Permission.CERTIFICATE_WRITE, target)
            target.check_revision(present.revision)
            if issuances.get(tx, present.id) is not None:
                raise Conflict(
                    f"the certificate {present.name} is ordered and renewed by Nimbus",
                    next_step="Upload yours under another name, and name that in the virtual hosts.",
                )
            uncovered = self._uncovered(tx, present, checked)
            changed = self._keeping.replaced(tx, present, checked, actor.name)
            self._audit.record(
                tx,
                actor,
                "certificate.replace",
                resource(changed),
                before=auditable(present),
                after={**auditable(changed), **_facts(checked)},
            )
            return self._view(tx, changed, (*checked.notes, *uncovered))

        return await self._database.write(replace)

    async def change(self, actor: Actor, target: Target, patch: CertificatePatch) -> EdgeCertificateView:
        def change(tx: Transaction) -> EdgeCertificateView:
            present = self._resolve(tx, actor, Permission.CERTIFICATE_WRITE, target)
            target.check_revision(present.revision)
            words = changed_words(present, patch, check_own_name)
            if all(getattr(present, name) == value for name, value in words.items()):
                return self._view(tx, present)
            changed = revised(present, self._clock.now(), **words)
            check_free(tx, changed)
            store.update(tx, changed)
            self._audit.record(
                tx,
                actor,
                "certificate.update",
                resource(changed),
                before=auditable(present),
                after=auditable(changed),
            )
            return self._view(tx, changed)

        return await self._database.write(change)

    async def export(self, actor: Actor, target: Target) -> CertificateExport:
        """With the private key. Its row in the audit log is committed before it goes out."""

        def export(tx: Transaction) -> CertificateExport:
            certificate = self._resolve(tx, actor, Permission.CERTIFICATE_EXPORT, target)
            files = self._keeping.files(tx, certificate.id, certificate.version)
            facts = {"version": certificate.version}
            self._audit.record(tx, actor, "certificate.export", resource(certificate), after=facts)
            return CertificateExport(
                id=certificate.id,
                name=certificate.name,
                version=certificate.version,
                chain=files.chain,
                private_key=files.key,
            )

        return await self._database.write(export)

    async def delete(self, actor: Actor, target: Target) -> EdgeCertificateView:
        """With all versions. Raises Conflict, which names what uses it."""

        def delete(tx: Transaction) -> EdgeCertificateView:
            certificate = self._resolve(tx, actor, Permission.CERTIFICATE_DELETE, target)
            target.check_revision(certificate.revision)
            view = self._view(tx, certificate)
            if view.used_by:
                raise _in_use(view)
            self._remove(tx, actor, certificate)
            return view

        return await self._database.write(delete)

    # For a workspace that is deleted with what is in it.

    def names_in_workspace(self, tx: Transaction, workspace_id: str) -> builtins.list[str]:
        return [certificate.name for certificate in store.in_workspace(tx, workspace_id)]

    def remove_all_of_workspace(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        for certificate in store.in_workspace(tx, workspace_id):
            self._remove(tx, actor, certificate)

    # Inside.

    def _uncovered(self, tx: Transaction, present: Certificate, checked: Checked) -> builtins.list[str]:
        """What is to be known when it is for fewer names than before."""
        before = store.version(tx, present.id, present.version)
        gone = [
            name
            for name in (before.names if before else ())
            if not any(covers_name(certified, name) for certified in checked.names)
        ]
        return [f"it is no longer for {', '.join(gone)}"] if gone else []

    def _resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Certificate:
        return CERTIFICATE.resolve(tx, self._organizations, actor, permission, target)

    def _remove(self, tx: Transaction, actor: Actor, certificate: Certificate) -> None:
        store.delete(tx, certificate.id)
        before = auditable(certificate)
        self._audit.record(tx, actor, "certificate.delete", resource(certificate), before=before)

    def _view(
        self, tx: Transaction, certificate: Certificate, notes: tuple[str, ...] = ()
    ) -> EdgeCertificateView:
        return self._views.of(tx, [certificate], notes)[0]


def check_own_name(name: str) -> str:
    return check_name(name, reserved=RESERVED_NAMES)


def check_free(tx: Transaction, certificate: Certificate) -> None:
    """Raises Conflict when another of the workspace has its name."""
    other = store.find(tx, certificate.workspace_id, certificate.name)
    replace = f"nimbus certificate replace {certificate.name}"
    next_step = f"Choose another name, or replace it: {replace}"
    check_name_free("certificate", certificate.name, certificate, other, next_step)


def resource(certificate: Certificate) -> Resource:
    return Resource("certificate", certificate.id, certificate.name, certificate.workspace_id)


def _in_use(view: EdgeCertificateView) -> Conflict:
    uses = view.used_by
    listed = ", ".join(f"{use.kind.replace('_', ' ')} {use.name}" for use in uses[:SHOWN_USES])
    more = f" and {len(uses) - SHOWN_USES} more" if len(uses) > SHOWN_USES else ""
    return Conflict(
        f"the certificate {view.name} is in use by {listed}{more}",
        next_step="Give those another certificate first.",
        details=[{"field": use.kind, "message": use.name} for use in uses],
    )


def auditable(certificate: Certificate) -> dict[str, object]:
    return {
        "name": certificate.name,
        "description": certificate.description,
        "labels": certificate.labels,
        "version": certificate.version,
    }


def _facts(checked: Checked) -> dict[str, object]:
    return {"names": list(checked.names), "serial": checked.serial}
