"""The door to keys: make, list, change, rotate, revoke."""

from __future__ import annotations

import builtins

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, from_seconds, optional_rfc3339, to_rfc3339, to_the_second
from nimbus.kernel.errors import Conflict, Forbidden, NotFound
from nimbus.kernel.ids import new_secret
from nimbus.kernel.naming import changed_labels, check_label_filter, check_labels, check_name
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.revisions import check_name_free, patched, revised
from nimbus.kernel.routing import Target
from nimbus.kernel.sealing import Sealer
from nimbus.people.keys import store
from nimbus.people.keys.directory import KeyDirectory
from nimbus.people.keys.making import (
    auditable,
    hash_if_needed,
    insert,
    new_access_key,
    new_key,
    resource,
    sealed,
    shown_once,
)
from nimbus.people.keys.records import (
    Key,
    KeyKind,
    KeyPatch,
    KeyQuery,
    KeyView,
    NewKey,
    PersonalKeyRequest,
    RotateRequest,
    ServiceKeyRequest,
)
from nimbus.people.keys.rules import seconds, state_of
from nimbus.people.organizations.records import Workspace, WorkspaceRow
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.records import Principal
from nimbus.people.roles.service import Roles
from nimbus.records.audit.service import AuditLog


class Keys:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        organizations: Organizations,
        roles: Roles,
        grants: Grants,
        bindings: Bindings,
        directory: KeyDirectory,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sealer = sealer
        self._organizations = organizations
        self._roles = roles
        self._grants = grants
        self._bindings = bindings
        self._directory = directory

    # Making.

    async def create_personal(self, actor: Actor, request: PersonalKeyRequest) -> NewKey:
        """A key that acts as the actor, who must be a user with all of their access at hand."""
        if not actor.user_id:
            raise Forbidden("only users have personal keys", next_step="Make a service key instead.")
        name, labels, tenant = _checked(request)

        def create_personal(tx: Transaction) -> NewKey:
            actor.check_not_narrowed()
            workspace_id = None
            if request.workspace:
                workspace = self._organizations.known(tx, actor, request.workspace)
                if workspace is None:
                    raise NotFound(f"there is no workspace {request.workspace!r}")
                workspace_id = workspace.id
            role_id = self._narrowing_role(tx, actor, request.role) if request.role else None
            key, secret = self._make(actor, request.kind, name, request.ttl)
            key = msgspec.structs.replace(
                key,
                user_id=actor.user_id,
                workspace_id=workspace_id,
                role_id=role_id,
                tenant=tenant,
                labels=labels,
            )
            self._check_free(tx, key)
            self._insert(tx, actor, key)
            return shown_once(key, secret)

        return await self._database.write(create_personal)

    def _narrowing_role(self, tx: Transaction, actor: Actor, reference: str) -> str:
        return self._roles.find(tx, actor, reference).id

    async def create_service(self, actor: Actor, request: ServiceKeyRequest) -> NewKey:
        """A key of its own, with one role to begin with."""
        name, labels, tenant = _checked(request)

        def create_service(tx: Transaction) -> NewKey:
            workspace: Workspace | None = None
            if request.workspace:
                workspace = self._organizations.resolve(tx, actor, Permission.KEY_WRITE, request.workspace)
                organization_id = workspace.organization_id
            else:
                organization_id = self._organizations.resolve_organization(
                    tx, actor, Permission.KEY_WRITE, request.organization
                ).id
            role = self._roles.resolve(tx, organization_id, request.role)
            key, secret = self._make(actor, request.kind, name, request.ttl)
            key = msgspec.structs.replace(
                key,
                organization_id=organization_id,
                workspace_id=workspace.id if workspace else None,
                tenant=tenant,
                labels=labels,
            )
            self._check_free(tx, key)
            self._insert(tx, actor, key)
            principal = Principal("key", key.id, key.name, organization_id)
            # Who has it for a while gives it for a while: no longer than the key is good.
            ends = key.expires_at if actor.access.later else None
            self._bindings.give(tx, actor, role, principal, organization_id, workspace, expires_at=ends)
            return shown_once(key, secret)

        return await self._database.write(create_service)

    def _make(self, actor: Actor, kind: KeyKind, name: str, ttl: str) -> tuple[Key, str]:
        now = self._clock.now()
        expires_at = _expiry(ttl, now)
        _check_no_longer(actor, expires_at)
        return new_key(self._sealer, now, kind, name, created_by=actor.name, expires_at=expires_at)

    def _insert(self, tx: Transaction, actor: Actor, key: Key) -> None:
        insert(tx, self._audit, actor, key)

    def _check_free(self, tx: Transaction, key: Key) -> None:
        organizations = [key.organization_id] if key.organization_id else []
        for other in store.named(tx, key.name, user_id=key.user_id, organizations=organizations):
            if other.name == key.name:
                check_name_free("key", key.name, key, other, "Choose another name, or revoke that one.")

    # Looking.

    async def list(self, actor: Actor, query: KeyQuery) -> tuple[builtins.list[KeyView], int]:
        """Of the organizations, and bound to the workspaces, where the actor may read keys."""
        actor.require(Permission.KEY_READ)
        return await self._list(actor, query, None)

    async def list_personal(self, actor: Actor, query: KeyQuery) -> tuple[builtins.list[KeyView], int]:
        """The actor's own."""
        actor.check_not_narrowed()
        return await self._list(actor, query, actor.self_id or "nobody")

    async def _list(
        self, actor: Actor, query: KeyQuery, user_id: str | None
    ) -> tuple[builtins.list[KeyView], int]:
        check_label_filter(query.label)

        def read_page(tx: Transaction) -> tuple[builtins.list[KeyView], int]:
            home = self._organizations.filtered_by(tx, actor, query.organization)
            keys, total = store.select(
                tx,
                query,
                now=self._clock.now(),
                user_id=user_id,
                organizations=actor.organizations_with(Permission.KEY_READ),
                workspaces=actor.workspaces_with(Permission.KEY_READ),
                organization_id=home,
            )
            return [self._view(tx, key) for key in keys], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> KeyView:
        def read(tx: Transaction) -> KeyView:
            key = self._directory.resolve(tx, actor, Permission.KEY_READ, target, also_revoked=True)
            return self._view(tx, key)

        return await self._database.read(read)

    # Changing.

    async def change(self, actor: Actor, target: Target, patch: KeyPatch) -> KeyView:
        def change(tx: Transaction) -> KeyView:
            key = self._directory.resolve(tx, actor, Permission.KEY_WRITE, target)
            self._check_changeable(tx, actor, key, target)
            now = self._clock.now()
            if patch.ttl is not None:
                _check_no_longer(actor, _expiry(patch.ttl, now))
            changed = revised(
                key,
                now,
                name=patched(patch.name, key.name, check_name),
                labels=changed_labels(key.labels, patch.labels),
                expires_at=patched(patch.ttl, key.expires_at, lambda ttl: _expiry(ttl, now)),
            )
            self._check_free(tx, changed)
            self._save(tx, actor, "key.update", key, changed)
            return self._view(tx, changed)

        return await self._database.write(change)

    def _check_changeable(self, tx: Transaction, actor: Actor, key: Key, target: Target) -> None:
        """Raises Forbidden for a personal key of somebody else, whatever the actor may: its requests are theirs."""
        if key.user_id is not None and key.user_id != actor.self_id:
            raise Forbidden(
                f"the key {key.name} is a personal one: only its own user changes or rotates it",
                next_step="You may revoke it (nimbus iam revoke-key); its user makes another.",
            )
        self._check_covered(tx, actor, key)
        target.check_revision(key.revision)
        if key.revoked_at is not None:
            raise Conflict(f"the key {key.name} is revoked", next_step="Make another.")

    def _check_covered(self, tx: Transaction, actor: Actor, key: Key) -> None:
        """One's own, or one that may no more than the actor. Raises Forbidden."""
        if key.user_id is None:
            actor.require_cover(self._grants.of_key(tx, key.id), f"the key {key.name}")
        elif key.user_id != actor.self_id:
            if key.user_id == actor.user_id:
                actor.check_not_narrowed()
            owner = store.owner(tx, key.user_id)
            assert owner is not None
            theirs = self._grants.of_user(tx, owner.id, is_admin=owner.is_admin)
            actor.require_cover(theirs, f"the key {key.name}")

    async def rotate(self, actor: Actor, target: Target, request: RotateRequest) -> NewKey:
        """A new secret; the old one is good for a while longer, so that nobody has to hurry."""
        overlap = seconds(request.overlap, "overlap", zero=True)

        def rotate(tx: Transaction) -> NewKey:
            key = self._directory.resolve(tx, actor, Permission.KEY_WRITE, target)
            self._check_changeable(tx, actor, key, target)
            _check_no_longer(actor, key.expires_at)
            now = self._clock.now()
            access_key, secret = new_access_key(key.kind), new_secret()
            changed = revised(
                key,
                now,
                access_key=access_key,
                sealed_secret=sealed(self._sealer, key.kind, access_key, secret),
                secret_hash=hash_if_needed(key.kind, secret),
                previous_access_key=key.access_key if overlap else "",
                previous_sealed_secret=key.sealed_secret if overlap else "",
                previous_secret_hash=key.secret_hash if overlap else "",
                previous_until=now + from_seconds(overlap) if overlap else None,
                rotated_at=now,
            )
            self._save(tx, actor, "key.rotate", key, changed)
            return shown_once(changed, secret)

        return await self._database.write(rotate)

    def _save(self, tx: Transaction, actor: Actor, action: str, key: Key, changed: Key) -> None:
        store.update(tx, changed)
        self._audit.record(
            tx, actor, action, resource(tx, changed), before=auditable(key), after=auditable(changed)
        )
        tx.emit(AccessChanged())

    async def revoke(self, actor: Actor, target: Target) -> KeyView:
        """At once, on open connections too. The row stays, for the audit log's sake."""

        def revoke(tx: Transaction) -> KeyView:
            key = self._directory.resolve(tx, actor, Permission.KEY_DELETE, target)
            self._check_covered(tx, actor, key)
            target.check_revision(key.revision)
            if key.revoked_at is not None:
                return self._view(tx, key)
            return self._view(tx, self.revoke_one(tx, actor, key))

        return await self._database.write(revoke)

    def revoke_one(self, tx: Transaction, actor: Actor, key: Key) -> Key:
        now = self._clock.now()
        changed = revised(
            key,
            now,
            revoked_at=now,
            sealed_secret="",
            secret_hash="",
            previous_sealed_secret="",
            previous_secret_hash="",
            previous_access_key="",
            previous_until=None,
        )
        store.update(tx, changed)
        if key.user_id is None:
            self._grants.forget(tx, "key", key.id)
        self._audit.record(tx, actor, "key.revoke", resource(tx, key), before=auditable(key))
        tx.emit(AccessChanged())
        return changed

    def remove_all_of(self, tx: Transaction, actor: Actor, user_id: str) -> None:
        """Of a user who goes, also the rows of those that were revoked before."""
        for key in store.of_user(tx, user_id):
            self.revoke_one(tx, actor, key)
        store.delete_of_user(tx, user_id)

    def remove_all_of_organization(self, tx: Transaction, actor: Actor, organization_id: str) -> None:
        for key in store.of_organization(tx, organization_id):
            if key.revoked_at is None:
                self.revoke_one(tx, actor, key)
            store.delete(tx, key.id)

    def names_in_organization(self, tx: Transaction, organization_id: str) -> builtins.list[str]:
        return [key.name for key in store.of_organization(tx, organization_id)]

    def names_in_workspace(self, tx: Transaction, workspace_id: str) -> builtins.list[str]:
        return [key.name for key in store.narrowed_to(tx, workspace_id)]

    def remove_all_of_workspace(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        """Keys that may nothing elsewhere go with their workspace."""
        for key in store.narrowed_to(tx, workspace_id):
            if key.revoked_at is None:
                self.revoke_one(tx, actor, key)
            store.delete(tx, key.id)

    def on_workspace_moved(
        self, tx: Transaction, _actor: Actor, workspace: WorkspaceRow, _organization_id: str
    ) -> None:
        names = [key.name for key in store.narrowed_to(tx, workspace.id) if key.revoked_at is None]
        if names:
            raise Conflict(
                f"keys are bound to the workspace {workspace.name}: {', '.join(names[:5])}",
                next_step="Revoke them first, and make others afterwards.",
            )

    def _view(self, tx: Transaction, key: Key) -> KeyView:
        workspace = self._organizations.get(tx, key.workspace_id) if key.workspace_id else None
        owner = store.owner(tx, key.user_id) if key.user_id else None
        role = self._grants.role(tx, key.role_id) if key.role_id else None
        home = key.organization_id
        return KeyView(
            id=key.id,
            organization_id=home,
            name=key.name,
            kind=key.kind,
            access_key=key.access_key,
            organization=self._organizations.get_organization(tx, home).name if home else None,
            user_id=key.user_id,
            user=owner.username if owner else None,
            workspace_id=key.workspace_id,
            workspace=workspace.full_name if workspace else None,
            role=role.name if role else None,
            tenant=key.tenant or None,
            labels=key.labels,
            state=state_of(key, self._clock.now()),
            expires_at=optional_rfc3339(key.expires_at),
            last_used_at=optional_rfc3339(key.last_used_at),
            last_used_from=key.last_used_from or None,
            previous_until=optional_rfc3339(key.previous_until),
            rotated_at=optional_rfc3339(key.rotated_at),
            created_by=key.created_by,
            created_at=to_rfc3339(key.created_at),
            updated_at=to_rfc3339(key.updated_at),
            revision=key.revision,
        )


def _expiry(ttl: str, now: int) -> int | None:
    """`ttl` from now; "": never."""
    return now + from_seconds(seconds(ttl, "ttl")) if ttl else None


def _check_no_longer(actor: Actor, expires_at: int | None) -> None:
    """With a key no key is made that is good for longer, nor is one prolonged or given another secret: else a key
    that was stolen would not end when it was to. Raises Forbidden."""
    if actor.good_until and (expires_at is None or expires_at > actor.good_until):
        raise Forbidden(
            f"the key would outlive the one you use, which expires at {to_the_second(actor.good_until)}",
            next_step="Give it a shorter --ttl, or sign in: nimbus login",
        )


def _checked(request: PersonalKeyRequest | ServiceKeyRequest) -> tuple[str, dict[str, str], str]:
    tenant = check_name(request.tenant, field="tenant") if request.tenant else ""
    return check_name(request.name), check_labels(request.labels), tenant
