"""The door to users: list, make, change, delete, and their passwords."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, Forbidden, LastAdministrator, NotFound, ValidationError, invalid
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.naming import changed_labels, check_label_filter, check_labels, check_text
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.revisions import patched, revised
from nimbus.kernel.routing import Target
from nimbus.people.identity import store
from nimbus.people.identity.factors import store as factors
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.people.identity.records import (
    MAX_DISPLAY_NAME,
    AccessSummary,
    ControlPlaneMark,
    PasswordRequest,
    User,
    UserPatch,
    UserQuery,
    UserRequest,
    UserView,
    WhoAmI,
    auditable,
)
from nimbus.people.identity.rules import (
    MIN_PASSWORD_LENGTH,
    check_account,
    check_email,
    check_password,
    check_username,
    known_as,
)
from nimbus.people.identity.sessions.service import AccessOf, Sessions, default_access
from nimbus.people.identity.views import UserViews
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

ME = "me"


UserGuard = Callable[[Transaction, User], None]
UserDeleted = Callable[[Transaction, Actor, User], None]


class Users:
    """`guards` are asked, in the transaction, before a user is disabled or deleted, and raise Conflict;
    `on_deleted` takes away, in the transaction, what is the user's, before the row of the user goes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        views: UserViews,
        sessions: Sessions,
        hasher: PasswordHasher,
        limits: LoginLimits,
        *,
        access_of: AccessOf = default_access,
        min_password_length: int = MIN_PASSWORD_LENGTH,
        guards: Iterable[UserGuard] = (),
        on_deleted: Iterable[UserDeleted] = (),
        mark: Callable[[], ControlPlaneMark] = ControlPlaneMark,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._views = views
        self._sessions = sessions
        self._hasher = hasher
        self._limits = limits
        self._access_of = access_of
        self._min_length = min_password_length
        self._guards = tuple(guards)
        self._on_deleted = tuple(on_deleted)
        self._mark = mark

    # Finding, and who may what.

    def find(self, tx: Transaction, actor: Actor, reference: str) -> User:
        """By id, name, or `me`: oneself, and the users of organizations where the actor may read users. Raises
        NotFound."""
        absent = NotFound(f"there is no user {reference!r}", next_step="See them with: nimbus iam list-users")
        if reference == ME:
            actor.check_not_narrowed()
            user = store.get_user(tx, actor.user_id) if actor.user_id else None
        elif is_id(reference):
            user = store.get_user(tx, reference.lower())
        else:
            user = store.find_user(tx, known_as(reference))
        if user is None or not (user.id == actor.self_id or _may(actor, Permission.USER_READ, user)):
            raise absent
        return user

    def require(self, tx: Transaction, actor: Actor, permission: Permission, user: User) -> None:
        """Whatever is done to a user whom the actor knows, also to themselves: with the permission, and never to
        who may more. Raises Forbidden."""
        if user.id == actor.user_id:
            actor.check_not_narrowed()
        if user.is_admin:
            actor.require_everywhere(permission)
        elif not _may(actor, permission, user):
            raise actor.lacks(permission, "in the organization of that user")
        actor.require_cover(self._access_of(tx, user), user.username)

    def check_own_by_session(self, actor: Actor, user: User) -> None:
        """How one signs in oneself is changed in a session: a key that was stolen must not outlive itself so.
        Raises Forbidden."""
        if user.id == actor.user_id and not actor.session_id:
            raise Forbidden(
                "how you sign in yourself is changed in a session, not with a key",
                next_step="Sign in: nimbus login",
            )

    def may_end_sessions(self, tx: Transaction, actor: Actor, user: User) -> None:
        """Raises NotFound when the actor may not know of the user, Forbidden when they may only look."""
        self.find(tx, actor, user.id)
        self.require(tx, actor, Permission.USER_WRITE, user)

    # Looking.

    async def list(self, actor: Actor, query: UserQuery) -> tuple[builtins.list[UserView], int]:
        check_label_filter(query.label)
        actor.require(Permission.USER_READ)
        within = actor.organizations_with(Permission.USER_READ)

        def read_page(tx: Transaction) -> tuple[builtins.list[UserView], int]:
            home = self._organizations.filtered_by(tx, actor, query.organization)
            users, total = store.select_users(tx, query, organizations=within, organization_id=home)
            return [self._views.view(tx, user) for user in users], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> UserView:
        return await self._database.read(
            lambda tx: self._views.view(tx, self.find(tx, actor, target.reference))
        )

    async def who_am_i(self, actor: Actor) -> WhoAmI:
        def read(tx: Transaction) -> WhoAmI:
            user = store.get_user(tx, actor.user_id) if actor.user_id else None
            return WhoAmI(
                kind=actor.kind,
                id=actor.id,
                name=actor.name,
                via="session" if actor.session_id else "key",
                session_id=actor.session_id or None,
                key_id=actor.key_id or None,
                user=self._views.view(tx, user) if user else None,
                access=self._summary(tx, actor),
                control_plane=self._mark(),
                second_factor_wanted_by=self._sessions.factor_wanted_by(tx, actor) or None,
            )

        return await self._database.read(read)

    def _summary(self, tx: Transaction, actor: Actor) -> AccessSummary:
        access, organizations = actor.access, self._organizations
        return AccessSummary(
            everywhere=tuple(sorted(access.everywhere)),
            organizations={
                organizations.get_organization(tx, key).name: tuple(sorted(held))
                for key, held in access.organizations.items()
            },
            workspaces={
                organizations.get(tx, key).full_name: tuple(sorted(held))
                for key, held in access.workspaces.items()
            },
            tenant=access.tenant or None,
        )

    # Making and changing.

    async def create(self, actor: Actor, request: UserRequest) -> UserView:
        actor.require(Permission.USER_WRITE)
        if request.is_admin:
            actor.require_all("make administrators")
        check_account(request.username, request.email, request.password or "", min_length=self._min_length)
        now = self._clock.now()
        user = User(
            id=new_id(),
            organization_id=None,
            username=check_username(request.username),
            display_name=_display_name(request.display_name),
            email=check_email(request.email),
            is_admin=request.is_admin,
            labels=check_labels(request.labels),
            created_at=now,
            updated_at=now,
            must_change_password=request.must_change_password,
        )
        if request.must_change_password and not request.password:
            raise invalid("must_change_password", "there is no password that could be changed")
        if request.password:
            self._check_password(request.password, user.username)
            user = msgspec.structs.replace(
                user, password_hash=await self._hasher.hash(request.password), password_changed_at=now
            )

        def create(tx: Transaction) -> UserView:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.USER_WRITE, request.organization
            )
            self._check_address(tx, actor, user)
            return self._views.view(
                tx, self.add(tx, actor, msgspec.structs.replace(user, organization_id=home.id))
            )

        return await self._database.write(create)

    def add(self, tx: Transaction, actor: Actor, user: User) -> User:
        """In the caller's transaction, who has checked what `actor` may; for invites and identity providers. Raises
        Conflict when the name or the address is taken."""
        self._check_free(tx, user)
        store.insert_user(tx, user)
        self._audit.record(tx, actor, "user.create", resource(user), after=auditable(user))
        tx.emit(AccessChanged())
        return user

    async def change(self, actor: Actor, target: Target, patch: UserPatch) -> UserView:
        """Oneself: the display name; others by permission. Raises Conflict when it would take the last
        administrator."""

        def change(tx: Transaction) -> UserView:
            user = self.find(tx, actor, target.reference)
            self._check_may_change(tx, actor, user, patch)
            target.check_revision(user.revision)
            changed = self._changed(user, patch)
            self._check_free(tx, changed)
            if changed.email != user.email:
                self._check_address(tx, actor, changed)
                changed = msgspec.structs.replace(changed, email_verified_at=None)
            if user.enabled and user.is_admin and not (changed.enabled and changed.is_admin):
                self._check_not_last(tx, user)
            if user.enabled and not changed.enabled:
                self._ask_guards(tx, user)
                self._sessions.end_all(tx, actor, user, "the user was disabled")
            store.update_user(tx, changed)
            self._audit.record(
                tx, actor, "user.update", resource(changed), before=auditable(user), after=auditable(changed)
            )
            tx.emit(AccessChanged())
            return self._views.view(tx, changed)

        return await self._database.write(change)

    def _check_may_change(self, tx: Transaction, actor: Actor, user: User, patch: UserPatch) -> None:
        given = {name for name in UserPatch.__struct_fields__ if getattr(patch, name) is not None}
        if user.id == actor.self_id and given <= {"display_name"}:
            return
        self.require(tx, actor, Permission.USER_WRITE, user)
        if given & {"username", "must_change_password"}:
            self.check_own_by_session(actor, user)
        if patch.is_admin is not None and patch.is_admin != user.is_admin:
            actor.require_all("make administrators")

    def _changed(self, user: User, patch: UserPatch) -> User:
        now = self._clock.now()
        disabled_at = user.disabled_at
        if patch.disabled is not None:
            disabled_at = (user.disabled_at or now) if patch.disabled else None
        if patch.must_change_password and not user.password_hash:
            raise invalid("must_change_password", "there is no password that could be changed")
        return revised(
            user,
            now,
            username=patched(patch.username, user.username, check_username),
            display_name=patched(patch.display_name, user.display_name, _display_name),
            email=patched(patch.email, user.email, check_email),
            is_admin=patched(patch.is_admin, user.is_admin, bool),
            disabled_at=disabled_at,
            must_change_password=patched(patch.must_change_password, user.must_change_password, bool),
            labels=changed_labels(user.labels, patch.labels),
        )

    async def delete(self, actor: Actor, target: Target) -> UserView:
        def delete(tx: Transaction) -> UserView:
            user = self.find(tx, actor, target.reference)
            self.require(tx, actor, Permission.USER_DELETE, user)
            target.check_revision(user.revision)
            view = self._views.view(tx, user)
            self.remove(tx, actor, user)
            return view

        return await self._database.write(delete)

    def remove(self, tx: Transaction, actor: Actor, user: User) -> None:
        """In the caller's transaction, who has checked what `actor` may."""
        if user.enabled and user.is_admin:
            self._check_not_last(tx, user)
        self._ask_guards(tx, user)
        for hook in self._on_deleted:
            hook(tx, actor, user)
        self._sessions.delete_all(tx, user.id)
        factors.delete_totp(tx, user.id)
        factors.delete_recovery_codes(tx, user.id)
        factors.delete_passkeys_of(tx, user.id)
        store.delete_user(tx, user.id)
        self._audit.record(tx, actor, "user.delete", resource(user), before=auditable(user))
        tx.emit(AccessChanged())

    def names_in_organization(self, tx: Transaction, organization_id: str) -> builtins.list[str]:
        return store.names_of_organization(tx, organization_id)

    def remove_all_of_organization(self, tx: Transaction, actor: Actor, organization_id: str) -> None:
        """Of an organization that is deleted. Raises Forbidden when somebody is among them who may more than the
        actor: an administrator, or an owner elsewhere."""
        for name in store.names_of_organization(tx, organization_id):
            user = store.find_user(tx, name)
            assert user is not None
            self.require(tx, actor, Permission.USER_DELETE, user)
            self.remove(tx, actor, user)

    def _check_not_last(self, tx: Transaction, user: User) -> None:
        if store.other_administrators(tx, user.id) == 0:
            raise LastAdministrator(
                f"{user.username} is the last enabled administrator of this control plane",
                next_step="Make another first: nimbus iam update-user NAME --admin",
            )

    def _ask_guards(self, tx: Transaction, user: User) -> None:
        for guard in self._guards:
            guard(tx, user)

    def _check_free(self, tx: Transaction, user: User) -> None:
        """Names are the control plane's: that one is taken is told to whoever may make users. So are addresses that
        were verified, for whoever has just shown that they read what is sent there."""
        other = store.find_user(tx, user.username)
        if other is not None and other.id != user.id:
            raise _taken("username")
        if user.email_verified_at is not None:
            other = store.find_by_email(tx, user.email)
            if other is not None and other.id != user.id:
                raise _taken("email")

    def _check_address(self, tx: Transaction, actor: Actor, user: User) -> None:
        """Nobody hears of an account that they may not see; of two that they see, one has the wrong address."""
        for other in store.all_with_email(tx, user.email):
            if other.id != user.id and _may(actor, Permission.USER_READ, other):
                raise _taken("email")

    def verify_address(self, tx: Transaction, actor: Actor, user: User, email: str) -> User:
        """In the caller's transaction: the user has shown that `email` is theirs. It counts when it is what is
        written down, and nobody showed so before."""
        if not email or email != user.email or user.email_verified_at is not None:
            return user
        if store.find_by_email(tx, email) is not None:
            return user
        now = self._clock.now()
        verified = revised(user, now, email_verified_at=now)
        store.update_user(tx, verified)
        self._audit.record(
            tx, actor, "user.verify_email", resource(user), before=auditable(user), after=auditable(verified)
        )
        return verified

    # Passwords.

    async def set_password(self, actor: Actor, target: Target, request: PasswordRequest) -> UserView:
        """Ends the other sessions of the user. One's own is set in a session, and wants the current one, when there
        is one; with a key only by whoever made that key on the control plane's host."""
        user = await self._database.read(lambda tx: self._settable(tx, actor, target))
        own = user.id == actor.user_id and bool(actor.session_id)
        self._check_password(request.password, user.username)
        if own:
            await self._check_current(actor, user, request)
        hashed = await self._hasher.hash(request.password)

        def set_password(tx: Transaction) -> UserView:
            present = self._settable(tx, actor, target)
            target.check_revision(present.revision)
            if own and present.password_hash != user.password_hash:
                raise Conflict("the password has just been changed by another session")
            now = self._clock.now()
            changed = revised(
                present,
                now,
                password_hash=hashed,
                password_changed_at=now,
                must_change_password=request.must_change and not own,
            )
            store.update_user(tx, changed)
            self._audit.record(
                tx,
                actor,
                "user.set_password",
                resource(changed),
                after={"must_change_password": request.must_change},
            )
            self._sessions.end_all(
                tx, actor, changed, "the password was changed", but=actor.session_id if own else ""
            )
            tx.emit(AccessChanged())
            return self._views.view(tx, changed)

        return await self._database.write(set_password)

    def _settable(self, tx: Transaction, actor: Actor, target: Target) -> User:
        user = self.find(tx, actor, target.reference)
        if user.id != actor.user_id:
            self.require(tx, actor, Permission.USER_WRITE, user)
        elif actor.session_id:
            if not user.password_hash:
                self._sessions.require_recent(tx, actor)
        elif not self._is_from_the_host(tx, actor, user):
            self.check_own_by_session(actor, user)
        return user

    def _is_from_the_host(self, tx: Transaction, actor: Actor, user: User) -> bool:
        """Whether the key was made on the control plane's host, where nobody is kept out: for the first way to sign
        in, and for another one within minutes."""
        if not actor.host_key_since:
            return False
        first = not user.password_hash and not factors.counts(tx, user.id).any
        return first or self._sessions.is_recent(actor.host_key_since)

    async def _check_current(self, actor: Actor, user: User, request: PasswordRequest) -> None:
        if request.must_change:
            raise invalid("must_change", "not for your own password: you have just chosen it")
        if user.password_hash:
            # A session that was stolen must not serve to guess the password.
            self._limits.begin(user.username, actor.source, self._clock.monotonic())
            if not await self._hasher.verify(request.current, user.password_hash):
                raise _wrong_current()
            self._limits.succeeded(user.username, actor.source)
            if request.password == request.current:
                raise invalid("password", "is the present one")

    def _check_password(self, password: str, username: str) -> None:
        check_password(password, username, min_length=self._min_length)


def _taken(field: str) -> Conflict:
    return Conflict(
        f"there is a user with that {field} already",
        next_step="Choose another.",
        details=[{"field": field, "message": "is taken"}],
    )


def _wrong_current() -> ValidationError:
    return invalid(
        "current", "is not your present password", next_step="Type the one that you signed in with."
    )


def _may(actor: Actor, permission: Permission, user: User) -> bool:
    if user.organization_id is None:
        return actor.holds_everywhere(permission)
    return actor.holds_in_organization(permission, user.organization_id)


def _display_name(text: str) -> str:
    if len(text) > MAX_DISPLAY_NAME:
        raise invalid("display_name", f"must have at most {MAX_DISPLAY_NAME} characters")
    return check_text(text.strip(), "display_name")


def resource(user: User) -> Resource:
    return Resource("user", user.id, user.username, organization_id=user.organization_id)
