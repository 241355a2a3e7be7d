"""Users as grants know them: whom a role may be given to."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import NotFound
from nimbus.kernel.ids import is_id
from nimbus.people.identity import store
from nimbus.people.roles.records import Principal


class UserDirectory:
    def find(self, tx: Transaction, actor: Actor, reference: str) -> Principal:
        """Oneself, and the users of organizations where the actor may read users. Raises NotFound."""
        if is_id(reference):
            user = store.principal(tx, user_id=reference.lower())
        else:
            user = store.principal(tx, username=reference.lower())
        if user is None or not _may_know(actor, user):
            raise NotFound(
                f"there is no user {reference!r}", next_step="See them with: nimbus iam list-users"
            )
        return user

    def named(self, tx: Transaction, principal_id: str) -> Principal | None:
        return store.principal(tx, user_id=principal_id)


def _may_know(actor: Actor, user: Principal) -> bool:
    if user.id == actor.self_id or actor.holds_everywhere(Permission.USER_READ):
        return True
    return user.organization_id is not None and actor.holds_in_organization(
        Permission.USER_READ, user.organization_id
    )
