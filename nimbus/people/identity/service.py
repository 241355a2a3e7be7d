"""The door to the first administrator."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.access import SYSTEM, Actor
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict
from nimbus.kernel.ids import new_id
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity import store
from nimbus.people.identity.records import User, auditable
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

ADMIN = "admin"


class Identity:
    def __init__(self, clock: Clock, audit: AuditLog, sealer: Sealer) -> None:
        self._clock = clock
        self._audit = audit
        self._sealer = sealer

    def bootstrap(self, tx: Transaction, *, new_key: bool) -> User:
        """Make the first administrator, who wants a key. `new_key`: a further one for the one who exists."""
        user = store.first_administrator(tx)
        if user and not new_key:
            raise already_there("For a further key pair, run on this host: nimbus bootstrap --new-key")
        return user or self.make_first(tx, SYSTEM, ADMIN)

    def make_first(
        self, tx: Transaction, actor: Actor, username: str, *, email: str = "", password_hash: str = ""
    ) -> User:
        """The first administrator; the setup token is void then. Raises Conflict when there is one."""
        if store.first_administrator(tx) is not None:
            raise already_there()
        if store.find_user(tx, username) is not None or store.find_by_email(tx, email) is not None:
            raise Conflict(
                f"there is a user named {username}, or with that address, who is no administrator",
                next_step="Take another name, or rename or delete that user first.",
            )
        now = self._clock.now()
        home = Organizations(self._clock).ensure_default(tx)
        user = User(
            id=new_id(),
            organization_id=home.organization_id,
            username=username,
            email=email,
            is_admin=True,
            password_hash=password_hash,
            password_changed_at=now if password_hash else None,
            created_at=now,
            updated_at=now,
        )
        store.insert_user(tx, user)
        store.forget_setup_token(tx)
        self._audit.record(
            tx,
            actor,
            "user.create",
            Resource("user", user.id, user.username, organization_id=user.organization_id),
            after=auditable(user),
        )
        tx.emit(AccessChanged())
        return user

    def has_administrator(self, tx: Transaction) -> bool:
        return store.first_administrator(tx) is not None


def already_there(next_step: str = "Sign in: nimbus login") -> Conflict:
    return Conflict("this control plane has its administrator already", next_step=next_step)
