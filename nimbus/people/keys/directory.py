"""Finding keys: for whoever looks at or changes one, and for grants, which are given to service keys."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import NotFound, invalid
from nimbus.kernel.ids import is_id
from nimbus.kernel.routing import Target
from nimbus.people.keys import store
from nimbus.people.keys.records import Key
from nimbus.people.organizations.service import only_one_organization
from nimbus.people.roles.records import Principal


class KeyDirectory:
    def resolve(
        self,
        tx: Transaction,
        actor: Actor,
        permission: Permission,
        target: Target,
        *,
        also_revoked: bool = False,
    ) -> Key:
        """One's own by name or id; others' and service keys with `permission` in their organization. A name is that
        of a key that is not revoked; with `also_revoked`, where there is none, of the one that was revoked last."""
        absent = NotFound(
            f"there is no key {target.reference!r}", next_step="See them with: nimbus iam list-keys"
        )
        found = self._named(tx, actor, target)
        if not found and also_revoked:
            found = self._named(tx, actor, target, revoked=True)[:1]
        key = only_one_organization(found, f"key {target.reference!r}", absent)
        self._admit(tx, actor, permission, key, absent)
        return key

    def _named(self, tx: Transaction, actor: Actor, target: Target, *, revoked: bool = False) -> list[Key]:
        """Whoever has one of that name themselves means that one."""
        reference = target.reference
        if is_id(reference):
            key = store.get(tx, reference.lower())
            return [] if key is None else [key]
        if actor.self_id:
            own = store.named(tx, reference, user_id=actor.self_id, organizations=None, revoked=revoked)
            if own:
                return own
        within, workspaces = (
            actor.organizations_with(Permission.KEY_READ),
            actor.workspaces_with(Permission.KEY_READ),
        )
        return store.named(
            tx, reference, user_id=None, organizations=within, workspaces=workspaces, revoked=revoked
        )

    def _admit(
        self, tx: Transaction, actor: Actor, permission: Permission, key: Key, absent: NotFound
    ) -> None:
        if key.user_id is not None and key.user_id == actor.self_id:
            return
        if key.user_id is None and key.workspace_id is not None:
            # Whoever leads the workspace sees to the keys that are bound to it.
            actor.admit(permission, key.workspace_id, read=Permission.KEY_READ, absent=absent)
            return
        if actor.access.everywhere:
            actor.require_everywhere(permission)
            return
        home = key.organization_id or self._home_of_owner(tx, key)
        if home is None or not actor.holds_in_organization(Permission.KEY_READ, home):
            raise absent
        actor.require_in_organization(permission, home)

    def _home_of_owner(self, tx: Transaction, key: Key) -> str | None:
        """None for the keys of administrators: nobody's but theirs."""
        owner = store.owner(tx, key.user_id) if key.user_id else None
        return None if owner is None or owner.is_admin else store.home_of(tx, owner.id)

    def find(self, tx: Transaction, actor: Actor, reference: str) -> Principal:
        key = self.resolve(tx, actor, Permission.KEY_READ, Target(reference))
        if key.user_id is not None:
            raise invalid("key", "a personal key has what its user has; give the role to the user")
        return Principal("key", key.id, key.name, key.organization_id)

    def named(self, tx: Transaction, principal_id: str) -> Principal | None:
        key = store.get(tx, principal_id)
        return Principal("key", key.id, key.name, key.organization_id) if key else None
