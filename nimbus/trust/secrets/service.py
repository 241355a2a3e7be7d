"""The door to secrets: for operators, and for slices whose resources use them."""

from __future__ import annotations

import builtins
from hmac import compare_digest

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.described import changed_words, checked_words
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import check_label_filter, check_name
from nimbus.kernel.revisions import check_name_free, revised
from nimbus.kernel.routing import Target
from nimbus.kernel.sealing import Sealer
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.records import Workspace
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.trust.secrets import store
from nimbus.trust.secrets.records import (
    NewSecretValue,
    Secret,
    SecretComparison,
    SecretDeleteQuery,
    SecretPatch,
    SecretQuery,
    SecretRequest,
    SecretRollback,
    SecretValue,
    SecretValueView,
    SecretVersionView,
    SecretView,
    Use,
)
from nimbus.trust.secrets.rules import RESERVED_NAMES, checked_value
from nimbus.trust.secrets.vault import Vault

SHOWN_USES = 10
SECRET = Lookup("secret", Permission.SECRET_READ, store.get, store.find_in)


class Secrets:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, sealer: Sealer, organizations: Organizations
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._vault = Vault(clock, sealer)

    # For operators.

    async def list(
        self, actor: Actor, query: SecretQuery, workspace: str = ""
    ) -> tuple[list[SecretView], int]:
        actor.require(Permission.SECRET_READ)
        check_label_filter(query.label)

        def read_page(tx: Transaction) -> tuple[builtins.list[SecretView], int]:
            within = self._organizations.reached(tx, actor, Permission.SECRET_READ, workspace)
            secrets, total = store.select(tx, query, workspaces=within)
            return self._views(tx, secrets), total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> SecretView:
        return await self._database.read(
            lambda tx: self._view(tx, self._resolve(tx, actor, Permission.SECRET_READ, target))
        )

    async def versions(self, actor: Actor, target: Target) -> builtins.list[SecretVersionView]:
        """Newest first."""

        def read(tx: Transaction) -> builtins.list[SecretVersionView]:
            secret = self._resolve(tx, actor, Permission.SECRET_READ, target)
            return [
                SecretVersionView(
                    version=version.version,
                    current=version.version == secret.version,
                    encoding=version.encoding,
                    restored_from=version.restored_from,
                    created_by=version.created_by,
                    created_at=to_rfc3339(version.created_at),
                )
                for version in store.versions(tx, secret.id)
            ]

        return await self._database.read(read)

    async def create(self, actor: Actor, request: SecretRequest, workspace: str = "") -> SecretView:
        if workspace and request.workspace:
            raise invalid("workspace", "is named by the query already")
        words = checked_words(request, _check_name)
        value = checked_value(request.value, request.encoding)

        def create(tx: Transaction) -> SecretView:
            reference = workspace or request.workspace
            home = self._organizations.resolve(tx, actor, Permission.SECRET_WRITE, reference)
            now = self._clock.now()
            secret = Secret(
                id=new_id(),
                workspace_id=home.id,
                created_by=actor.name,
                created_at=now,
                updated_at=now,
                **words,
            )
            self._check_name_free(tx, secret)
            store.insert(tx, secret)
            self._vault.add(tx, secret.id, secret.version, value, request.encoding, actor.name)
            self._audit.record(tx, actor, "secret.create", resource(secret), after=_auditable(secret))
            return self._view(tx, secret)

        return await self._database.write(create)

    async def change(self, actor: Actor, target: Target, patch: SecretPatch) -> SecretView:
        """Name, description, labels."""

        def change(tx: Transaction) -> SecretView:
            secret = self._resolve(tx, actor, Permission.SECRET_WRITE, target)
            target.check_revision(secret.revision)
            changed = revised(secret, self._clock.now(), **changed_words(secret, patch, _check_name))
            self._check_name_free(tx, changed)
            self._save(tx, actor, "secret.update", secret, changed)
            return self._view(tx, changed)

        return await self._database.write(change)

    async def set_value(self, actor: Actor, target: Target, new: NewSecretValue) -> SecretView:
        """A new version; also of the same value: whoever may write must not learn whether they guessed it."""
        value = checked_value(new.value, new.encoding)

        def set_value(tx: Transaction) -> SecretView:
            secret = self._resolve(tx, actor, Permission.SECRET_WRITE, target)
            target.check_revision(secret.revision)
            changed = revised(secret, self._clock.now(), version=secret.version + 1)
            self._vault.add(tx, secret.id, changed.version, value, new.encoding, actor.name)
            self._save(tx, actor, "secret.set", secret, changed)
            return self._view(tx, changed)

        return await self._database.write(set_value)

    async def rollback(self, actor: Actor, target: Target, request: SecretRollback) -> SecretView:
        """A new version with the value of an older one."""

        def rollback(tx: Transaction) -> SecretView:
            secret = self._resolve(tx, actor, Permission.SECRET_WRITE, target)
            target.check_revision(secret.revision)
            number = secret.version - 1 if request.version is None else request.version
            if number == secret.version:
                raise Conflict(f"version {number} of {secret.name} is the current one already")
            value = self._vault.open(tx, secret, number)
            changed = revised(secret, self._clock.now(), version=secret.version + 1)
            self._vault.add(
                tx, secret.id, changed.version, value.value, value.encoding, actor.name, restored_from=number
            )
            self._save(tx, actor, "secret.rollback", secret, changed, restored_from=number)
            return self._view(tx, changed)

        return await self._database.write(rollback)

    async def reveal(self, actor: Actor, target: Target, version: int | None = None) -> SecretValueView:
        """The value. Its row in the audit log is committed before it goes out."""

        def reveal(tx: Transaction) -> SecretValueView:
            secret = self._resolve(tx, actor, Permission.SECRET_REVEAL, target)
            value = self._vault.open(tx, secret, version)
            store.note_read(tx, secret.id, self._clock.now())
            self._audit.record(tx, actor, "secret.reveal", resource(secret), after={"version": value.version})
            return SecretValueView(
                id=secret.id,
                name=secret.name,
                version=value.version,
                encoding=value.encoding,
                value=value.value,
            )

        return await self._database.write(reveal)

    async def compare(self, actor: Actor, target: Target, given: NewSecretValue) -> SecretComparison:
        """Whether this is the value. Who has it learns nothing by that, and leaves no row; who guesses leaves one
        for each guess that was wrong."""
        value = checked_value(given.value, given.encoding)

        def compare(tx: Transaction) -> SecretComparison:
            secret = self._resolve(tx, actor, Permission.SECRET_REVEAL, target)
            current = self._vault.open(tx, secret)
            same = current.encoding == given.encoding and compare_digest(
                current.value.encode(), value.encode()
            )
            if not same:
                after = {"version": current.version}
                self._audit.record(tx, actor, "secret.compare", resource(secret), after=after)
            return SecretComparison(version=current.version, same=same)

        return await self._database.write(compare)

    async def delete(self, actor: Actor, target: Target, query: SecretDeleteQuery) -> SecretView:
        """With all versions. Raises Conflict, which names what uses it, unless `query.force`."""

        def delete(tx: Transaction) -> SecretView:
            secret = self._resolve(tx, actor, Permission.SECRET_DELETE, target)
            target.check_revision(secret.revision)
            view = self._view(tx, secret)
            if view.references and not query.force:
                raise _in_use(secret, view.references)
            self._remove(tx, actor, secret, view.references)
            return view

        return await self._database.write(delete)

    def _remove(self, tx: Transaction, actor: Actor, secret: Secret, uses: tuple[Use, ...]) -> None:
        store.delete(tx, secret.id)
        before = _auditable(secret)
        if uses:
            before["used_by"] = [msgspec.to_builtins(use) for use in uses]
        self._audit.record(tx, actor, "secret.delete", resource(secret), before=before)

    # For a workspace that is deleted with what is in it.

    def names_in_workspace(self, tx: Transaction, workspace_id: str) -> builtins.list[str]:
        return [secret.name for secret in store.in_workspace(tx, workspace_id)]

    def remove_all_of_workspace(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        for secret in store.in_workspace(tx, workspace_id):
            self._remove(tx, actor, secret, self._uses(tx, secret))

    # For slices whose resources use secrets, in their transactions.

    def refer(self, tx: Transaction, actor: Actor, workspace_id: str, reference: str, use: Use) -> str:
        """Note that a field of a resource of this workspace uses a secret, by id or name; the id, which is what the
        resource keeps. Secrets of other workspaces cannot be used. Raises NotFound, Forbidden."""
        secret = self._resolve(tx, actor, Permission.SECRET_READ, Target(reference, workspace_id))
        if secret.workspace_id != workspace_id:
            raise SECRET.absent(reference)
        store.add_reference(tx, secret.id, use, self._clock.now())
        return secret.id

    def release(
        self, tx: Transaction, resource_kind: str, resource_id: str, field: str | None = None
    ) -> None:
        """The field (None: the whole resource) uses no secret any more."""
        store.drop_references(tx, resource_kind, resource_id, field)

    def open_for(self, tx: Transaction, actor: Actor, secret_id: str, use: Use) -> SecretValue:
        """The value for a resource that was noted with `refer`; on behalf of `actor` or the system, who need not
        be allowed to see it. In a write transaction: it leaves its row. Never show it to anybody. Raises
        NotFound."""
        secret = store.get(tx, secret_id)
        if secret is None or not store.has_reference(tx, secret_id, use):
            raise NotFound(
                f"{use.resource_kind} {use.resource_id} has no secret in {use.field}",
                next_step="Name one there again, then repeat this.",
            )
        value = self._vault.open(tx, secret)
        store.note_read(tx, secret.id, self._clock.now())
        self._audit.record(
            tx,
            actor,
            "secret.use",
            resource(secret),
            after={"version": value.version, "used_by": msgspec.to_builtins(use)},
        )
        return value

    # Inside.

    def _resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Secret:
        return SECRET.resolve(tx, self._organizations, actor, permission, target)

    def _check_name_free(self, tx: Transaction, secret: Secret) -> None:
        other = store.find(tx, secret.workspace_id, secret.name)
        next_step = f"Choose another name, or give that one a new value: nimbus secret set {secret.name}"
        check_name_free("secret", secret.name, secret, other, next_step)

    def _save(
        self, tx: Transaction, actor: Actor, action: str, before: Secret, after: Secret, **facts: object
    ) -> None:
        store.update(tx, after)
        self._audit.record(
            tx,
            actor,
            action,
            resource(after),
            before=_auditable(before),
            after={**_auditable(after), **facts},
        )

    def _uses(self, tx: Transaction, secret: Secret) -> tuple[Use, ...]:
        return tuple(store.references(tx, [secret.id]).get(secret.id, ()))

    def _view(self, tx: Transaction, secret: Secret) -> SecretView:
        return self._views(tx, [secret])[0]

    def _views(self, tx: Transaction, secrets: builtins.list[Secret]) -> builtins.list[SecretView]:
        ids = [secret.id for secret in secrets]
        encodings, uses = store.encodings(tx, ids), store.references(tx, ids)
        homes: dict[str, Workspace] = {}
        for secret in secrets:
            if secret.workspace_id not in homes:
                homes[secret.workspace_id] = self._organizations.get(tx, secret.workspace_id)
        return [
            SecretView(
                id=secret.id,
                workspace_id=secret.workspace_id,
                workspace=homes[secret.workspace_id].full_name,
                name=secret.name,
                description=secret.description,
                labels=secret.labels,
                version=secret.version,
                encoding=encodings[secret.id],
                created_at=to_rfc3339(secret.created_at),
                updated_at=to_rfc3339(secret.updated_at),
                created_by=secret.created_by,
                last_read_at=to_rfc3339(secret.last_read_at) if secret.last_read_at is not None else None,
                references=tuple(uses.get(secret.id, ())),
                revision=secret.revision,
            )
            for secret in secrets
        ]


def _check_name(name: str) -> str:
    return check_name(name, reserved=RESERVED_NAMES)


def resource(secret: Secret) -> Resource:
    return Resource("secret", secret.id, secret.name, secret.workspace_id)


def _in_use(secret: Secret, uses: tuple[Use, ...]) -> Conflict:
    listed = ", ".join(f"{use.resource_kind} {use.resource_id}" for use in uses[:SHOWN_USES])
    more = f" and {len(uses) - SHOWN_USES} more" if len(uses) > SHOWN_USES else ""
    return Conflict(
        f"the secret {secret.name} is in use by {listed}{more}",
        next_step="Take it out there first, or delete it all the same: --force.",
        details=[{"field": f"{use.resource_kind}.{use.field}", "message": use.resource_id} for use in uses],
    )


def _auditable(secret: Secret) -> dict[str, object]:
    return {
        "name": secret.name,
        "description": secret.description,
        "labels": secret.labels,
        "version": secret.version,
    }
