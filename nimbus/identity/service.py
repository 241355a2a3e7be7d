"""The door to the first administrator."""

from __future__ import annotations

from nimbus.access import SYSTEM
from nimbus.audit.records import Resource
from nimbus.audit.service import AuditLog
from nimbus.clock import Clock
from nimbus.db import Transaction
from nimbus.errors import Conflict
from nimbus.identity import store
from nimbus.identity.records import User, auditable
from nimbus.ids import new_id
from nimbus.organizations.service import Organizations
from nimbus.principals import AccessChanged
from nimbus.sealing import Sealer

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
            raise Conflict(
                "this control plane has its administrator already",
                next_step="For a further key pair, run on this host: nimbus bootstrap --new-key",
            )
        if user is None and store.find_user(tx, ADMIN) is not None:
            raise Conflict(
                f"there is a user named {ADMIN} who is no administrator",
                next_step="Rename or delete that user first.",
            )
        if user is None:
            now = self._clock.now()
            home = Organizations(self._clock).ensure_default(tx)
            user = User(
                id=new_id(), organization_id=home.organization_id, username=ADMIN, is_admin=True, created_at=now,
                updated_at=now,
            )  # fmt: skip
            store.insert_user(tx, user)
            self._audit.record(
                tx, SYSTEM, "user.create",
                Resource("user", user.id, user.username, organization_id=user.organization_id),
                after=auditable(user),
            )  # fmt: skip
            tx.emit(AccessChanged())
        return user

    def has_administrator(self, tx: Transaction) -> bool:
        return store.first_administrator(tx) is not None
