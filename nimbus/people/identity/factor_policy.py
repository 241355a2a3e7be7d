"""A policy that wants a second factor: of all on this control plane, or of those who belong to an organization.

A sign-in counts when a second factor was shown in it: here, or at an identity provider that says so (`amr` of RFC
8176 has `mfa`). Any other session of a user whom a policy is about can do no more than set one up, or show it. Keys
are not asked: they are no sign-in, and machines have no second factor.
"""

from __future__ import annotations

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, optional_rfc3339
from nimbus.kernel.errors import Conflict
from nimbus.people.identity import store
from nimbus.people.identity.factors import store as factors
from nimbus.people.identity.records import FactorPolicyQuery, FactorPolicyView, User, WithoutFactor
from nimbus.people.organizations.service import Organizations

CONTROL_PLANE = "this control plane"
# So many are named; all are counted.
NAMED = 200


class NoFactorYet(Conflict):
    """Whoever wants it of others has none."""

    code = "SECOND_FACTOR_MISSING"


class LastFactor(Conflict):
    code = "LAST_SECOND_FACTOR"


class FactorPolicy:
    """`required` is what the control plane wants of all; it may change while it runs."""

    def __init__(self, database: Database, clock: Clock, organizations: Organizations) -> None:
        self._database, self._clock, self._organizations = database, clock, organizations
        self.required = False

    def wanted_by(self, tx: Transaction, user: User) -> str:
        """Who wants a second factor of this user, in words; "": nobody."""
        if self.required:
            return CONTROL_PLANE
        name = store.organization_that_wants_factors(tx, user.id, user.organization_id, self._clock.now())
        return f"the organization {name}" if name else ""

    def check_may_lose_last(self, tx: Transaction, user: User) -> None:
        """After a factor of theirs was taken away by themselves. Raises LastFactor."""
        if factors.counts(tx, user.id).any:
            return
        wanting = self.wanted_by(tx, user)
        if wanting:
            raise LastFactor(
                f"{wanting} requires a second factor, and this is your last one",
                next_step="Set up another one first.",
            )

    def check_own(self, tx: Transaction, actor: Actor) -> None:
        """Before somebody wants it of others, in a session: else they would be locked out first. Raises
        NoFactorYet."""
        if actor.session_id and not factors.counts(tx, actor.user_id).any:
            raise NoFactorYet(
                "you have no second factor yourself, so this would lock you out",
                next_step="Set one up first: nimbus iam totp enrol",
            )

    def consequence(self, tx: Transaction) -> str:
        """What it means for those who are here when the control plane wants it; "": nothing for anybody."""
        return locked_out(*store.without_factor(tx, None, self._clock.now(), 10))

    async def show(self, actor: Actor, query: FactorPolicyQuery) -> FactorPolicyView:
        """Who has none, of an organization or of all."""

        def show(tx: Transaction) -> FactorPolicyView:
            organization = None
            if query.organization:
                organization = self._organizations.known_organization(tx, actor, query.organization)
                actor.require_in_organization(Permission.USER_READ, organization.id)
            else:
                actor.require_everywhere(Permission.USER_READ)
            home = organization.id if organization else None
            found, total, members = store.without_factor(tx, home, self._clock.now(), NAMED)
            return FactorPolicyView(
                organization=organization.name if organization else None,
                required=organization.require_second_factor if organization else self.required,
                required_everywhere=self.required,
                users=members,
                users_without=total,
                without=tuple(_without(user) for user in found),
            )

        return await self._database.read(show)


def locked_out(found: list[User], total: int, _members: int) -> str:
    if not total:
        return ""
    names = ", ".join(user.username for user in found) + (", ..." if total > len(found) else "")
    who = (
        "1 user has no second factor and can"
        if total == 1
        else f"{total} users have no second factor and can"
    )
    return f"{who} only set one up at the next sign-in: {names}"


def _without(user: User) -> WithoutFactor:
    return WithoutFactor(
        user_id=user.id,
        username=user.username,
        has_password=bool(user.password_hash),
        last_login_at=optional_rfc3339(user.last_login_at),
    )
