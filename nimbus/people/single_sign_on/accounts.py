"""From somebody whom a provider vouches for to a user of ours: linked, found by a verified address, or made."""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction
from nimbus.kernel.access import EVERYWHERE, Actor
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict
from nimbus.people.identity.external import ExternalUsers
from nimbus.people.identity.records import User
from nimbus.people.identity.sessions.records import MULTIPLE, SignedIn
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.roles.memberships import Memberships
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.claims import display_name_for, username_for
from nimbus.people.single_sign_on.external_sessions import ExternalSessions
from nimbus.people.single_sign_on.records import ExternalIdentity, ExternalPerson, IdentityProvider
from nimbus.people.single_sign_on.refusals import Refused
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

# RFC 8176 has no word for it; this one is ours.
FEDERATED = "federated"


class Accounts:
    """Methods run in the caller's transaction; what they raise undoes it."""

    def __init__(
        self,
        clock: Clock,
        audit: AuditLog,
        external_sessions: ExternalSessions,
        users: ExternalUsers,
        sessions: Sessions,
        memberships: Memberships,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._external_sessions = external_sessions
        self._users = users
        self._sessions = sessions
        self._memberships = memberships

    def admit(
        self, tx: Transaction, stranger: Actor, provider: IdentityProvider, person: ExternalPerson
    ) -> User:
        """The user, with the groups that they have now. Raises Refused."""
        check_address(provider, person)
        actor = acting(provider, stranger)
        wanted = mapped_groups(provider, person)
        linked = store.linked_user(tx, provider.id, person.issuer, person.subject)
        user = self._users.get(tx, linked) if linked else None
        if user is None:
            user = self._link(tx, actor, provider, person) or self._sign_up(
                tx, actor, provider, person, mapped=bool(wanted)
            )
        if not user.enabled:
            raise Refused("USER_DISABLED", "this account is disabled", next_step="Ask an administrator.")
        if person.email_verified:
            user = self._users.verify_address(tx, actor, user, person.email)
        store.note_login(tx, provider.id, person.issuer, person.subject, self._clock.now())
        self._synchronise(tx, actor, provider, user, wanted)
        return user

    def open_session(
        self,
        tx: Transaction,
        stranger: Actor,
        provider: IdentityProvider,
        person: ExternalPerson,
        user_id: str,
        user_agent: str,
    ) -> SignedIn:
        """For a user who was admitted, now or a minute ago. Raises Refused."""
        user = self._users.get(tx, user_id)
        if user is None or not user.enabled:
            raise Refused("USER_DISABLED", "this account is disabled", next_step="Ask an administrator.")
        methods = (FEDERATED, f"idp:{provider.name}", *((MULTIPLE,) if person.second_factor else ()))
        done = self._sessions.open(tx, stranger, user, methods, user_agent)
        self._external_sessions.add(tx, done.session_id, provider, person)
        return done

    def leave(self, tx: Transaction, actor: Actor, provider: IdentityProvider) -> None:
        """Before a provider goes: its sessions end, and the groups that it gave are taken away."""
        for session_id in store.sessions_of(tx, provider.id):
            self._sessions.end(tx, actor, session_id, "the identity provider was deleted")
        for user_id in store.linked_users(tx, provider.id):
            user = self._users.get(tx, user_id)
            if user is not None:
                self._memberships.synchronise(tx, actor, user.id, user.username, frozenset(), provider.source)

    def _link(
        self, tx: Transaction, actor: Actor, provider: IdentityProvider, person: ExternalPerson
    ) -> User | None:
        """By an address that both sides have verified, where the provider is trusted with that. Never an
        administrator, nobody of another organization than the provider's, and nobody who has another account at the
        same provider: an address that was given away again. An address that somebody has only written down for a
        user links nobody: whoever did so may know the password."""
        user = self._users.with_email(tx, person.email) if person.email and person.email_verified else None
        if user is None:
            return None
        elsewhere = provider.organization_id not in (None, user.organization_id)
        linked = store.has_identity(tx, provider.id, user.id)
        if not provider.link_by_email or user.is_admin or elsewhere or linked:
            raise Refused(
                "EMAIL_TAKEN",
                "an account with your address exists already, and is not linked to this provider",
                next_step="Sign in as before, or ask an administrator to link it.",
            )
        if not user.enabled:
            raise Refused("USER_DISABLED", "this account is disabled", next_step="Ask an administrator.")
        self.insert(tx, actor, provider, person, user)
        return user

    def _sign_up(
        self,
        tx: Transaction,
        actor: Actor,
        provider: IdentityProvider,
        person: ExternalPerson,
        *,
        mapped: bool,
    ) -> User:
        if provider.sign_up == "off" or (provider.sign_up == "mapped" and not mapped):
            why = "" if provider.sign_up == "off" else ", and none of your groups is given one"
            raise Refused(
                "NO_ACCOUNT", f"you have no account here{why}", next_step="Ask an administrator for one."
            )
        if provider.organization_id is None:
            raise Refused(
                "NO_ORGANIZATION",
                "this provider has no organization for new accounts",
                next_step="Ask an administrator to set one (nimbus identity-provider update --organization).",
            )
        try:
            user = self._users.sign_up(
                tx,
                actor,
                wanted=username_for(person),
                email=person.email if person.email_verified else "",
                display_name=display_name_for(person),
                organization_id=provider.organization_id,
            )
        except Conflict as error:
            raise Refused("ACCOUNT_CONFLICT", error.message, next_step=error.next_step) from None
        self.insert(tx, actor, provider, person, user)
        return user

    def insert(
        self, tx: Transaction, actor: Actor, provider: IdentityProvider, person: ExternalPerson, user: User
    ) -> None:
        """Link them; that nothing speaks against it is for who calls to know."""
        store.insert_identity(tx, provider.id, person.issuer, person.subject, user.id, self._clock.now())
        self._audit.record(
            tx,
            actor,
            "user.link_identity",
            Resource("user", user.id, user.username, organization_id=user.organization_id),
            after={"provider": provider.name, "issuer": person.issuer, "subject": person.subject},
        )

    def forget(
        self,
        tx: Transaction,
        actor: Actor,
        provider: IdentityProvider,
        identity: ExternalIdentity,
        user: User,
    ) -> None:
        """Unlink one, and take the groups away that the provider gave. Raises LastOwner."""
        store.delete_identity(tx, identity)
        self._audit.record(
            tx,
            actor,
            "user.unlink_identity",
            Resource("user", user.id, user.username, organization_id=user.organization_id),
            before={"provider": provider.name, "issuer": identity.issuer, "subject": identity.subject},
        )
        self._memberships.synchronise(tx, actor, user.id, user.username, frozenset(), provider.source)

    def _synchronise(
        self, tx: Transaction, actor: Actor, provider: IdentityProvider, user: User, wanted: frozenset[str]
    ) -> None:
        try:
            self._memberships.synchronise(tx, actor, user.id, user.username, wanted, provider.source)
        except Conflict as error:
            # An organization would lose its last owner: better nobody is signed in than somebody with what the
            # provider took away.
            raise Refused("GROUPS_CONFLICT", error.message, next_step=error.next_step) from None


def check_address(provider: IdentityProvider, person: ExternalPerson) -> None:
    """Raises Refused when the provider's settings do not take an address like this."""
    if provider.require_verified_email and not (person.email and person.email_verified):
        raise Refused(
            "EMAIL_NOT_VERIFIED",
            "the provider has not verified your address",
            next_step="Verify it there, then sign in again.",
        )
    domain = person.email.rpartition("@")[2].lower()
    if provider.email_domains and (not domain or domain not in provider.email_domains):
        raise Refused(
            "EMAIL_DOMAIN", "addresses like yours are not admitted here", next_step="Ask an administrator."
        )


def mapped_groups(provider: IdentityProvider, person: ExternalPerson) -> frozenset[str]:
    return frozenset(mapping.group_id for mapping in provider.group_mapping if mapping.value in person.groups)


def acting(provider: IdentityProvider, stranger: Actor) -> Actor:
    """Who makes accounts and memberships in a sign-in: the provider, as the administrators set it up."""
    return msgspec.structs.replace(
        stranger,
        kind="system",
        id=provider.source,
        name=f"identity provider {provider.name}",
        access=EVERYWHERE,
    )
