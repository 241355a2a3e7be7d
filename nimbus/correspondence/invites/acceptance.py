"""The door to invites for those who are invited: they are strangers who have a token."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nimbus.correspondence.invites import store
from nimbus.correspondence.invites.records import Accepted, AcceptRequest, Claimed, Invite, Preview
from nimbus.correspondence.invites.rules import check_address_of, check_pending, hash_of, is_token
from nimbus.correspondence.invites.service import Invites
from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, RateLimited
from nimbus.kernel.revisions import revised
from nimbus.people.identity.invited import InvitedUsers
from nimbus.people.identity.login_limits import FailureLimit, network_of
from nimbus.people.identity.records import User
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.organizations.records import Workspace
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.memberships import Memberships
from nimbus.people.roles.records import Principal, Role

# Whoever invited as they are now, with what they may now; None: they are gone or may not sign in any more.
InviterOf = Callable[[Transaction, str, str], Actor | None]
PASSWORD = "pwd"  # noqa: S105
FREE_FAILURES = 20


class Acceptance:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        organizations: Organizations,
        grants: Grants,
        memberships: Memberships,
        bindings: Bindings,
        users: InvitedUsers,
        sessions: Sessions,
        invites: Invites,
        inviter_of: InviterOf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._organizations = organizations
        self._grants = grants
        self._memberships = memberships
        self._bindings = bindings
        self._users = users
        self._sessions = sessions
        self._invites = invites
        self._inviter_of = inviter_of
        self._failures = FailureLimit(free=FREE_FAILURES, at_most=900.0)

    async def preview(self, stranger: Actor, token: str) -> Preview:
        """What the token is for. Raises NotFound, Conflict (of no use any more), RateLimited."""

        def read(tx: Transaction) -> Preview:
            invite = self._pending(tx, token)
            shown = self._invites.view(tx, invite)
            return Preview(
                organization=shown.organization,
                workspace=shown.workspace,
                role=shown.role,
                email=shown.email,
                invited_by=self._invites.inviter_name(tx, invite),
                message=shown.message,
                expires_at=to_rfc3339(invite.expires_at),
                min_password_length=self._users.min_password_length,
            )

        self._begin(stranger)
        try:
            return await self._database.read(read)
        except NotFound:
            self._failed(stranger)
            raise

    async def accept(self, stranger: Actor, request: AcceptRequest, user_agent: str) -> Accepted:
        """The account, its role and groups, and a session, all in one transaction; when something is wrong with
        them the token is as good as before. Raises NotFound, Conflict, Forbidden, ValidationError."""
        self._begin(stranger)
        try:
            invite = await self._database.read(lambda tx: self._pending(tx, request.token))
        except NotFound:
            self._failed(stranger)
            raise
        user = await self._users.make(
            username=request.username,
            display_name=request.display_name,
            password=request.password,
            email=invite.email,
            home=invite.organization_id,
        )

        def accept(tx: Transaction) -> Accepted:
            # Hashing took a while: another may have been first.
            return self._accept(tx, stranger, self._pending(tx, request.token), user, user_agent)

        return await self._database.write(accept)

    async def claim(self, actor: Actor, token: str) -> Claimed:
        """What the invite gives, for the user whose address it is and who is signed in: no account is made. What is
        wrong does not spend the token. Raises NotFound, Conflict, Forbidden, RateLimited."""
        if not (actor.session_id and actor.user_id):
            raise Forbidden(
                "an invitation can be accepted only by a user who is signed in, not with a key",
                next_step="Sign in: nimbus login",
            )
        self._begin(actor)

        def claim(tx: Transaction) -> Claimed:
            invite = self._pending(tx, token)
            user = self._users.get(tx, actor.user_id)
            check_address_of(invite, user.email if user else "")
            assert user is not None
            if self._invites.was_mailed(tx, invite):
                user = self._users.verify_address(tx, actor, user, invite.email)
            role, workspace = self._give(tx, actor, invite, user)
            organization = self._organizations.get_organization(tx, invite.organization_id)
            return Claimed(
                invite.id, organization.name, workspace.full_name if workspace else None, role.name
            )

        try:
            return await self._database.write(claim)
        except NotFound:
            self._failed(actor)
            raise

    def _begin(self, stranger: Actor) -> None:
        wait = self._failures.wait(network_of(stranger.source), self._clock.monotonic())
        if wait > 0:
            raise RateLimited("too many tokens that do not exist", retry_after=int(wait) + 1)

    def _failed(self, stranger: Actor) -> None:
        self._failures.failed(network_of(stranger.source), self._clock.monotonic())

    def _pending(self, tx: Transaction, token: str) -> Invite:
        invite = store.by_token(tx, hash_of(token)) if is_token(token) else None
        if invite is None:
            raise NotFound(
                "there is no such invitation",
                next_step="Copy the whole link of the newest mail; a link that was sent before it is void.",
            )
        check_pending(invite.state(self._clock.now()))
        return invite

    def _accept(
        self, tx: Transaction, stranger: Actor, invite: Invite, user: User, user_agent: str
    ) -> Accepted:
        if self._users.with_email(tx, invite.email) is not None:
            raise Conflict(
                "there is an account with the address of this invitation already",
                next_step="Sign in to it, then accept as yourself: nimbus invite accept --signed-in",
                details=[{"field": "email", "message": "is taken"}],
            )
        verified = self._clock.now() if self._invites.was_mailed(tx, invite) else None
        user = msgspec.structs.replace(
            user, email=invite.email, email_verified_at=verified, organization_id=invite.organization_id
        )
        person = Actor(
            kind="user",
            id=user.id,
            name=user.username,
            user_id=user.id,
            source=stranger.source,
            request_id=stranger.request_id,
        )
        self._users.sign_up(tx, person, user)
        self._give(tx, person, invite, user)
        session = self._sessions.open(tx, stranger, user, (PASSWORD,), user_agent)
        organization = self._organizations.get_organization(tx, invite.organization_id)
        return Accepted(invite.id, organization.name, session)

    def _give(
        self, tx: Transaction, person: Actor, invite: Invite, user: User
    ) -> tuple[Role, Workspace | None]:
        """Use the invite up, and give the role and groups. Of two calls at the same time one gets Conflict."""
        now = self._clock.now()
        role, inviter = self._still_given(tx, invite, person)
        workspace = self._organizations.get(tx, invite.workspace_id) if invite.workspace_id else None
        accepted = revised(invite, now, accepted_at=now, accepted_by=user.id)
        if not store.update(tx, accepted):
            raise Conflict("this invitation was just accepted or revoked")
        principal = Principal("user", user.id, user.username, user.organization_id)
        self._bindings.give(tx, inviter, role, principal, invite.organization_id, workspace)
        self._memberships.join(tx, inviter, user.id, user.username, frozenset(invite.group_ids), "manual")
        self._invites.record(tx, person, "invite.accept", accepted, after={"username": user.username})
        return role, workspace

    def _still_given(self, tx: Transaction, invite: Invite, stranger: Actor) -> tuple[Role, Actor]:
        """What was given when the invite was made must be what the inviter may give now. Raises Conflict."""
        role = self._grants.role(tx, invite.role_id)
        inviter = self._inviter_of(tx, invite.invited_by_kind, invite.invited_by_id)
        if role is None:
            raise _stale("the role of this invitation is not there any more")
        if inviter is None:
            raise _stale("the user who invited you no longer has an account")
        inviter = msgspec.structs.replace(inviter, source=stranger.source, request_id=stranger.request_id)
        try:
            inviter.require_in_organization(Permission.INVITE_WRITE, invite.organization_id)
            self._invites.check_given(tx, inviter, role, invite)
        except Forbidden:
            # Its words name what somebody else may not.
            raise _stale("the user who invited you can no longer grant this role") from None
        return role, inviter


def _stale(message: str) -> Conflict:
    return Conflict(message, next_step="Ask another member of that organization for an invitation.")
