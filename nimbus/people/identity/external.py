"""Users as identity providers need them: found by id or address, and made without a password."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, ValidationError
from nimbus.kernel.ids import new_id
from nimbus.people.identity import store
from nimbus.people.identity.factors import store as factors
from nimbus.people.identity.records import User
from nimbus.people.identity.rules import check_email, check_username
from nimbus.people.identity.users import Users

MAX_ATTEMPTS = 100


class ExternalUsers:
    """Methods run in the caller's transaction."""

    def __init__(self, clock: Clock, users: Users, *, has_passkeys: bool = False) -> None:
        """`has_passkeys`: this control plane takes them."""
        self._clock = clock
        self._users = users
        self._has_passkeys = has_passkeys

    def has_other_way_in(self, tx: Transaction, user: User) -> bool:
        """A password, or a passkey: what signs in without a provider."""
        return bool(user.password_hash) or (self._has_passkeys and factors.counts(tx, user.id).passkeys > 0)

    def get(self, tx: Transaction, user_id: str) -> User | None:
        return store.get_user(tx, user_id)

    def with_email(self, tx: Transaction, email: str) -> User | None:
        """Whose address it is: they have shown it. None also when it is no address that a user could have."""
        return store.find_by_email(tx, _address(email))

    def sign_up(
        self,
        tx: Transaction,
        actor: Actor,
        *,
        wanted: str,
        email: str,
        display_name: str,
        organization_id: str,
    ) -> User:
        """A user under the name `wanted`, or the next free one like it; `email` "" or one that was verified. Raises
        Conflict when the address is taken, or a hundred such names."""
        now = self._clock.now()
        user = User(
            id=new_id(),
            organization_id=organization_id,
            username=self._free_name(tx, wanted),
            display_name=display_name,
            email=_address(email),
            email_verified_at=now if _address(email) else None,
            created_at=now,
            updated_at=now,
        )
        return self._users.add(tx, actor, user)

    def verify_address(self, tx: Transaction, actor: Actor, user: User, email: str) -> User:
        """A provider vouches for it."""
        return self._users.verify_address(tx, actor, user, _address(email))

    def _free_name(self, tx: Transaction, wanted: str) -> str:
        for number in range(1, MAX_ATTEMPTS + 1):
            try:
                name = check_username(wanted if number == 1 else f"{wanted}-{number}")
            except ValidationError:
                # Reserved, or like an id.
                continue
            if store.find_user(tx, name) is None:
                return name
        raise Conflict(
            f"no user name like {wanted!r} is free", next_step="Ask an administrator for an account."
        )


def _address(email: str) -> str:
    try:
        return check_email(email)
    except ValidationError:
        return ""
