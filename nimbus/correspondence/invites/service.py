"""The door to invites for those who invite: make, list, show, send again, take back."""

from __future__ import annotations

import builtins

from nimbus.correspondence.invites import store
from nimbus.correspondence.invites.records import (
    MAX_GROUPS,
    Invite,
    InviteQuery,
    InviteRequest,
    InviteView,
    NewInvite,
    ResendRequest,
)
from nimbus.correspondence.invites.rules import (
    PER_ORGANIZATION_AN_HOUR,
    for_who_has_an_account,
    hash_of,
    invitation,
    lifetime,
    link_to,
    new_token,
)
from nimbus.correspondence.mail.addresses import check_address
from nimbus.correspondence.mail.outbox import Outbox
from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, from_seconds, optional_rfc3339, to_rfc3339
from nimbus.kernel.errors import Conflict, NotFound, RateLimited, invalid
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.naming import check_label_filter, check_labels, check_text
from nimbus.kernel.revisions import revised
from nimbus.kernel.routing import Target
from nimbus.people.identity.invited import InvitedUsers
from nimbus.people.identity.records import User
from nimbus.people.organizations.records import Organization, Workspace, WorkspaceRow
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.records import Role
from nimbus.people.roles.service import Roles, check_giving
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

_HOUR = from_seconds(3600)
KEEP_ENDED_S = 90 * 86400


class Invites:
    """`base_url` is where people reach this control plane: https://HOST:PORT."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        roles: Roles,
        groups: Groups,
        grants: Grants,
        users: InvitedUsers,
        outbox: Outbox,
        *,
        base_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._roles = roles
        self._groups = groups
        self._grants = grants
        self._users = users
        self._outbox = outbox
        self._base_url = base_url

    async def remove_expired(self) -> None:
        """Called now and then: forget what ended long ago."""
        before = self._clock.now() - from_seconds(KEEP_ENDED_S)
        await self._database.write(lambda tx: store.forget(tx, before))

    # Looking.

    async def list(self, actor: Actor, query: InviteQuery) -> tuple[builtins.list[InviteView], int]:
        check_label_filter(query.label)
        actor.require(Permission.INVITE_READ)
        within = actor.organizations_with(Permission.INVITE_READ)

        def read_page(tx: Transaction) -> tuple[builtins.list[InviteView], int]:
            home = self._organizations.filtered_by(tx, actor, query.organization)
            invites, total = store.select(
                tx, query, within=within, organization_id=home, now=self._clock.now()
            )
            return [self.view(tx, invite) for invite in invites], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> InviteView:
        return await self._database.read(lambda tx: self.view(tx, self._readable(tx, actor, target)))

    def _readable(self, tx: Transaction, actor: Actor, target: Target) -> Invite:
        invite = store.get(tx, target.reference.lower()) if is_id(target.reference) else None
        if invite is None or not actor.holds_in_organization(Permission.INVITE_READ, invite.organization_id):
            raise NotFound(
                f"there is no invite {target.reference[:80]!r}", next_step="See them with: nimbus invite list"
            )
        return invite

    def _changeable(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Invite:
        invite = self._readable(tx, actor, target)
        actor.require_in_organization(permission, invite.organization_id)
        target.check_revision(invite.revision)
        if invite.accepted_at is not None or invite.revoked_at is not None:
            raise Conflict(f"this invite was {invite.state(self._clock.now())} already")
        return invite

    # Inviting.

    async def create(self, actor: Actor, request: InviteRequest) -> NewInvite:
        """Raises Conflict when the address is invited already, or of a user whom the actor may know of. That it is
        known elsewhere is not told: the answer is as ever, and the mail says it to whom it belongs to."""
        email, message = check_address(request.email), check_text(request.message, "message")
        labels, ttl = check_labels(request.labels), lifetime(request.ttl)
        if len(request.groups) > MAX_GROUPS:
            raise invalid("groups", f"at most {MAX_GROUPS}")

        def create(tx: Transaction) -> NewInvite:
            organization, workspace = self._place(tx, actor, request)
            role = self._roles.resolve(tx, organization.id, request.role)
            check_giving(actor, role, organization.id, workspace.id if workspace else None)
            groups = self._given_groups(tx, actor, organization, request.groups)
            self._check_new(tx, actor, organization, email)
            now, token = self._clock.now(), new_token()
            kind, by = ("user", actor.user_id) if actor.user_id else (actor.kind, actor.id)
            invite = Invite(
                id=new_id(),
                organization_id=organization.id,
                workspace_id=workspace.id if workspace else None,
                email=email,
                role_id=role.id,
                group_ids=groups,
                message=message,
                labels=labels,
                token_hash=hash_of(token),
                invited_by_kind=kind,
                invited_by_id=by,
                invited_by_name=actor.name,
                sent=1,
                expires_at=now + ttl,
                created_at=now,
                updated_at=now,
            )
            store.insert(tx, invite)
            self.record(tx, actor, "invite.create", invite, after=self._auditable(tx, invite))
            return self._sent(tx, invite, token)

        return await self._database.write(create)

    def _place(
        self, tx: Transaction, actor: Actor, request: InviteRequest
    ) -> tuple[Organization, Workspace | None]:
        """The account will belong to the organization: inviting takes the permission there as a whole."""
        if not request.workspace:
            return self._organizations.resolve_organization(
                tx, actor, Permission.INVITE_WRITE, request.organization
            ), None
        if request.organization:
            raise invalid("workspace", "name a workspace or an organization, not both")
        workspace = self._organizations.resolve(tx, actor, Permission.INVITE_WRITE, request.workspace)
        return self._organizations.resolve_organization(
            tx, actor, Permission.INVITE_WRITE, workspace.organization_id
        ), workspace

    def _given_groups(
        self, tx: Transaction, actor: Actor, organization: Organization, references: builtins.list[str]
    ) -> tuple[str, ...]:
        group_ids = []
        for reference in references:
            group = self._groups.resolve(tx, actor, Permission.GROUP_WRITE, reference)
            if group.organization_id != organization.id:
                raise NotFound(f"there is no group {reference!r} in {organization.name}")
            group_ids.append(group.id)
        self.check_groups(tx, actor, group_ids)
        return tuple(dict.fromkeys(group_ids))

    def check_given(self, tx: Transaction, actor: Actor, role: Role, invite: Invite) -> None:
        """Raises Forbidden when `actor` may not give all that the invite gives."""
        check_giving(actor, role, invite.organization_id, invite.workspace_id)
        self.check_groups(tx, actor, [*invite.group_ids])

    def check_groups(self, tx: Transaction, actor: Actor, group_ids: builtins.list[str]) -> None:
        """Who joins a group gets what its grants hold. Raises Forbidden when `actor` does not have that."""
        for group_id in group_ids:
            for grant in self._grants.grants(tx, "group", group_id):
                given = Role(
                    id=grant.binding_id,
                    organization_id=grant.organization_id,
                    name=grant.role,
                    permissions=grant.permissions,
                )
                check_giving(actor, given, grant.organization_id, grant.workspace_id, grant.expires_at)

    def _check_new(self, tx: Transaction, actor: Actor, organization: Organization, email: str) -> None:
        now = self._clock.now()
        if store.count_since(tx, organization.id, now - _HOUR) >= PER_ORGANIZATION_AN_HOUR:
            raise RateLimited("too many invites of this organization within an hour", retry_after=3600)
        for known in self._users.all_with_email(tx, email):
            if _may_know(actor, known):
                raise Conflict(
                    f"there is a user with that address already: {known.username}",
                    next_step=f"Give them a role: nimbus iam grant ROLE --user {known.username}",
                    details=[{"field": "email", "message": "is taken"}],
                )
        if store.pending_for(tx, organization.id, email, now) is not None:
            raise Conflict(
                f"{email} is invited to {organization.name} already",
                next_step="Send it again (nimbus invite resend), or take it back (nimbus invite revoke).",
                details=[{"field": "email", "message": "is invited"}],
            )

    async def resend(self, actor: Actor, target: Target, request: ResendRequest) -> NewInvite:
        """A new token; the one before is void. Whoever sends it must have what it gives, as whoever made it."""
        ttl = lifetime(request.ttl)

        def resend(tx: Transaction) -> NewInvite:
            present = self._changeable(tx, actor, Permission.INVITE_WRITE, target)
            role = self._roles.resolve(tx, present.organization_id, present.role_id)
            self.check_given(tx, actor, role, present)
            now, token = self._clock.now(), new_token()
            if store.count_since(tx, present.organization_id, now - _HOUR) >= PER_ORGANIZATION_AN_HOUR:
                raise RateLimited("too many invites of this organization within an hour", retry_after=3600)
            kind, by = ("user", actor.user_id) if actor.user_id else (actor.kind, actor.id)
            changed = revised(
                present,
                now,
                token_hash=hash_of(token),
                expires_at=now + ttl,
                sent=present.sent + 1,
                invited_by_kind=kind,
                invited_by_id=by,
                invited_by_name=actor.name,
            )
            store.update(tx, changed)
            self._outbox.withdraw(tx, present.id, "sent again with another link")
            self.record(
                tx,
                actor,
                "invite.resend",
                changed,
                before=self._auditable(tx, present),
                after=self._auditable(tx, changed),
            )
            return self._sent(tx, changed, token)

        return await self._database.write(resend)

    def _sent(self, tx: Transaction, invite: Invite, token: str) -> NewInvite:
        """By mail where there is a mail server; else the link is in the answer, this once."""
        link = link_to(self._base_url, token)
        if not self._outbox.is_on(tx):
            return self._new(tx, invite, link)
        self._outbox.check_room(tx, invite.email)
        organization = self._organizations.get_organization(tx, invite.organization_id).name
        known, inviter = self._users.with_email(tx, invite.email), self.inviter_name(tx, invite)
        if known is None:
            letter = invitation(invite, organization=organization, inviter=inviter, link=link)
        else:
            letter = for_who_has_an_account(
                invite, organization=organization, inviter=inviter, username=known.username, link=link
            )
        self._outbox.queue(tx, letter)
        return self._new(tx, invite, None)

    def was_mailed(self, tx: Transaction, invite: Invite) -> bool:
        """Whether its link went to its address and to nobody else: who shows the token reads what is sent there."""
        mail = self._outbox.about(tx, invite.id)
        return mail is not None and mail.state in ("queued", "sent")

    def _new(self, tx: Transaction, invite: Invite, link: str | None) -> NewInvite:
        shown = self.view(tx, invite)
        return NewInvite(link=link, **{name: getattr(shown, name) for name in InviteView.__struct_fields__})

    async def revoke(self, actor: Actor, target: Target) -> InviteView:
        def revoke(tx: Transaction) -> InviteView:
            present = self._changeable(tx, actor, Permission.INVITE_DELETE, target)
            role = self._grants.role(tx, present.role_id)
            if role is not None:
                self.check_given(tx, actor, role, present)
            return self.view(tx, self._revoke(tx, actor, present))

        return await self._database.write(revoke)

    def _revoke(self, tx: Transaction, actor: Actor, present: Invite) -> Invite:
        now = self._clock.now()
        changed = revised(present, now, revoked_at=now)
        store.update(tx, changed)
        self._outbox.withdraw(tx, present.id, "the invite was revoked")
        self.record(tx, actor, "invite.revoke", changed, before=self._auditable(tx, present))
        return changed

    # For the deletion and the moving of places.

    def pending_in_workspace(self, tx: Transaction, workspace_id: str) -> builtins.list[str]:
        return [
            invite.email for invite in store.pending_in(tx, "workspace_id", workspace_id, self._clock.now())
        ]

    def pending_in_organization(self, tx: Transaction, organization_id: str) -> builtins.list[str]:
        invites = store.pending_in(tx, "organization_id", organization_id, self._clock.now())
        return [invite.email for invite in invites]

    def revoke_all_of_workspace(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        for invite in store.pending_in(tx, "workspace_id", workspace_id, self._clock.now()):
            self._revoke(tx, actor, invite)

    def revoke_all_of_organization(self, tx: Transaction, actor: Actor, organization_id: str) -> None:
        for invite in store.pending_in(tx, "organization_id", organization_id, self._clock.now()):
            self._revoke(tx, actor, invite)

    def on_workspace_moved(
        self, tx: Transaction, actor: Actor, workspace: WorkspaceRow, _organization_id: str
    ) -> None:
        """Who was invited to the one organization was not invited to the other."""
        self.revoke_all_of_workspace(tx, actor, workspace.id)

    # Showing.

    def view(self, tx: Transaction, invite: Invite) -> InviteView:
        workspace = self._organizations.get(tx, invite.workspace_id) if invite.workspace_id else None
        role = self._grants.role(tx, invite.role_id)
        names = {group.id: group.name for group in self._groups.of_organization(tx, invite.organization_id)}
        accepted = self._users.get(tx, invite.accepted_by) if invite.accepted_by else None
        return InviteView(
            id=invite.id,
            organization_id=invite.organization_id,
            workspace_id=invite.workspace_id,
            email=invite.email,
            organization=self._organizations.get_organization(tx, invite.organization_id).name,
            workspace=workspace.full_name if workspace else None,
            role_id=invite.role_id,
            role=role.name if role else invite.role_id,
            groups=tuple(names.get(key, key) for key in invite.group_ids),
            message=invite.message,
            labels=invite.labels,
            state=invite.state(self._clock.now()),
            invited_by=invite.invited_by_name,
            sent=invite.sent,
            mail=self._outbox.about(tx, invite.id),
            created_at=to_rfc3339(invite.created_at),
            updated_at=to_rfc3339(invite.updated_at),
            expires_at=to_rfc3339(invite.expires_at),
            accepted_at=optional_rfc3339(invite.accepted_at),
            accepted_by=accepted.username if accepted else None,
            revoked_at=optional_rfc3339(invite.revoked_at),
            revision=invite.revision,
        )

    def inviter_name(self, tx: Transaction, invite: Invite) -> str:
        """As people know them."""
        user = self._users.get(tx, invite.invited_by_id) if invite.invited_by_kind == "user" else None
        if user is None or not user.display_name:
            return invite.invited_by_name
        return f"{user.display_name} ({user.username})"

    def _auditable(self, tx: Transaction, invite: Invite) -> dict[str, object]:
        shown = self.view(tx, invite)
        return {
            "email": shown.email,
            "role": shown.role,
            "where": shown.workspace or shown.organization,
            "groups": list(shown.groups),
            "expires_at": shown.expires_at,
            "sent": shown.sent,
        }

    def record(
        self, tx: Transaction, actor: Actor, action: str, invite: Invite, **change: dict[str, object]
    ) -> None:
        resource = Resource("invite", invite.id, invite.email, organization_id=invite.organization_id)
        self._audit.record(tx, actor, action, resource, **change)  # type: ignore[arg-type]


def _may_know(actor: Actor, user: User) -> bool:
    if user.organization_id is None:
        return actor.holds_everywhere(Permission.USER_READ)
    return actor.holds_in_organization(Permission.USER_READ, user.organization_id)
