"""Finding keys: for whoever looks at or changes one, and for grants, which are given to service keys."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.ids import is_id
from nimbus.kernel.routing import Target
from nimbus.people.keys import store
from nimbus.people.keys.records import Key
from nimbus.people.roles.records import Principal


class KeyDirectory:
    def resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Key:
        """One's own by name or id; others' and service keys with `permission` in their organization."""
        absent = NotFound(
            f"there is no key {target.reference!r}", next_step="See them with: nimbus iam list-keys"
        )
        within = actor.organizations_with(Permission.KEY_READ)
        if is_id(target.reference):
            row = store.get(tx, target.reference.lower())
            found = [row] if row is not None else []
        else:
            name = target.reference
            found = store.named(tx, name, user_id=actor.user_id, organizations=None) if actor.user_id else []
            found = found or store.named(tx, name, user_id=None, organizations=within)
        if not found:
            raise absent
        if len(found) > 1:
            raise Conflict(f"several organizations have a key {target.reference!r}", next_step="Use its id.")
        self._admit(tx, actor, permission, found[0], absent)
        return found[0]

    def _admit(
        self, tx: Transaction, actor: Actor, permission: Permission, key: Key, absent: NotFound
    ) -> None:
        if key.user_id is not None and key.user_id == actor.user_id:
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
