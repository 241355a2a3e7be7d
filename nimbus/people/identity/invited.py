"""Users as invites make them: with a password that they chose, and the address that was invited."""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import check_text
from nimbus.people.identity import store
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.people.identity.records import MAX_DISPLAY_NAME, User
from nimbus.people.identity.rules import check_account, check_email, check_password, check_username
from nimbus.people.identity.users import Users


class InvitedUsers:
    """`min_password_length` in characters."""

    def __init__(
        self, clock: Clock, users: Users, hasher: PasswordHasher, *, min_password_length: int
    ) -> None:
        self._clock = clock
        self._users = users
        self._hasher = hasher
        self.min_password_length = min_password_length

    async def make(self, *, username: str, display_name: str, password: str, email: str, home: str) -> User:
        """Not stored yet; `home` is an organization's id. Raises ValidationError, and Unavailable when too many
        passwords wait to be hashed."""
        now, shown = self._clock.now(), check_text(display_name.strip(), "display_name")
        if len(shown) > MAX_DISPLAY_NAME:
            raise invalid("display_name", f"must have at most {MAX_DISPLAY_NAME} characters")
        check_account(username, email, password, min_length=self.min_password_length)
        user = User(
            id=new_id(),
            organization_id=home,
            username=check_username(username),
            display_name=shown,
            email=check_email(email),
            created_at=now,
            updated_at=now,
            password_changed_at=now,
        )
        check_password(password, user.username, min_length=self.min_password_length)
        return msgspec.structs.replace(user, password_hash=await self._hasher.hash(password))

    def sign_up(self, tx: Transaction, actor: Actor, user: User) -> User:
        """In the caller's transaction. Raises Conflict when the name or the address is taken."""
        return self._users.add(tx, actor, user)

    def get(self, tx: Transaction, user_id: str) -> User | None:
        return store.get_user(tx, user_id)

    def with_email(self, tx: Transaction, email: str) -> User | None:
        """Whose address it is: they have shown it."""
        return store.find_by_email(tx, email)

    def all_with_email(self, tx: Transaction, email: str) -> list[User]:
        """Also those for whom somebody has only written it down."""
        return store.all_with_email(tx, email)

    def verify_address(self, tx: Transaction, actor: Actor, user: User, email: str) -> User:
        """What was mailed there has come back."""
        return self._users.verify_address(tx, actor, user, email)

    def email_of(self, tx: Transaction, user_id: str) -> str:
        """Of somebody who may sign in; "" when there is none."""
        user = store.get_user(tx, user_id)
        return user.email if user and user.enabled else ""
