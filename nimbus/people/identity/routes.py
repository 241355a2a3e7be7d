"""REST routes of users, of their passwords and of their second factors. `me` stands for oneself."""

from __future__ import annotations

from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.errors import Forbidden
from nimbus.kernel.routing import Call, Open, Route
from nimbus.people.identity.factor_policy import FactorPolicy
from nimbus.people.identity.factors.passkeys import Passkeys
from nimbus.people.identity.factors.records import (
    CodeRequest,
    FactorsView,
    PasskeyOptions,
    PasskeyPatch,
    PasskeyRegistered,
    PasskeyRegistration,
    PasskeyView,
    RecoveryCodes,
    Removed,
    TotpEnrolment,
)
from nimbus.people.identity.factors.service import SecondFactors
from nimbus.people.identity.records import (
    FactorPolicyQuery,
    FactorPolicyView,
    PasswordRequest,
    UserPatch,
    UserQuery,
    UserRequest,
    UserView,
    WhoAmI,
)
from nimbus.people.identity.users import ME, Users

_USER = Collection(
    "/api/v1/users",
    "user",
    UserView,
    reads=Permission.USER_READ,
    writes=Permission.USER_WRITE,
    deletes=Permission.USER_DELETE,
)
_FACTORS = _USER.resource_path + "/second-factors"
_PASSKEYS = _USER.resource_path + "/passkeys"
_OWN = "oneself; the service requires the permission for others"
_ONLY_OWN = "how one signs in oneself"


def routes(users: Users, factors: SecondFactors, passkeys: Passkeys, policy: FactorPolicy) -> list[Route]:
    return [
        *_users(users),
        *_factors(factors),
        *_passkeys(passkeys),
        Route(
            "GET",
            "/api/v1/second-factor-policy",
            lambda call: policy.show(call.actor, call.query),
            Permission.USER_READ,
            "Show whether a second factor is required, and which users have none",
            query=FactorPolicyQuery,
            answer=FactorPolicyView,
        ),
    ]


def _users(users: Users) -> list[Route]:
    return [
        Route(
            "GET",
            "/api/v1/whoami",
            lambda call: users.who_am_i(call.actor),
            Open.SIGNED_IN,
            "Show who is asking, and what they can do",
            answer=WhoAmI,
            reason="what one is oneself",
        ),
        _USER.list(users.list, UserQuery, "List users"),
        _USER.create(users.create, UserRequest, "Make a user"),
        _USER.show(users.show, "Show a user", signed_in=_OWN),
        _USER.change(users.change, UserPatch, "Change a user", signed_in=_OWN),
        _USER.delete(users.delete, "Delete a user"),
        _USER.action("/password", users.set_password, "Set a password", PasswordRequest, signed_in=_OWN),
    ]


def _factors(factors: SecondFactors) -> list[Route]:
    return [
        _USER.part(
            "/second-factors",
            factors.show,
            "Show which second factors a user has",
            answer=FactorsView,
            signed_in=_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/totp",
            lambda call: factors.enrol(_self(call)),
            Open.SIGNED_IN,
            "Enrol an authenticator app",
            answer=TotpEnrolment,
            changes=True,
            status=201,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/totp/confirm",
            lambda call: factors.confirm(_self(call), call.body),
            Open.SIGNED_IN,
            "Confirm an authenticator app",
            body=CodeRequest,
            answer=RecoveryCodes,
            changes=True,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/verify",
            lambda call: factors.verify(_self(call), call.body),
            Open.SIGNED_IN,
            "Show a second factor in a session that began without",
            body=CodeRequest,
            answer=FactorsView,
            changes=True,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/totp/disable",
            lambda call: factors.disable(_self(call), call.body),
            Open.SIGNED_IN,
            "Disable an authenticator app",
            body=CodeRequest,
            answer=FactorsView,
            changes=True,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/recovery-codes",
            lambda call: factors.regenerate(_self(call), call.body),
            Open.SIGNED_IN,
            "Make new recovery codes",
            body=CodeRequest,
            answer=RecoveryCodes,
            changes=True,
            status=201,
            reason=_ONLY_OWN,
        ),
        _USER.action(
            "/second-factors/reset",
            factors.reset,
            "Take all second factors of a user away",
            answer=FactorsView,
        ),
    ]


def _passkeys(passkeys: Passkeys) -> list[Route]:
    return [
        Route(
            "POST",
            _PASSKEYS + "/options",
            lambda call: passkeys.registration(_self(call)),
            Open.SIGNED_IN,
            "Ask for a challenge to register a passkey",
            answer=PasskeyOptions,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _PASSKEYS,
            lambda call: passkeys.register(_self(call), call.body),
            Open.SIGNED_IN,
            "Register a passkey",
            body=PasskeyRegistration,
            answer=PasskeyRegistered,
            changes=True,
            status=201,
            reason=_ONLY_OWN,
        ),
        Route(
            "PATCH",
            _PASSKEYS + "/{passkey}",
            lambda call: passkeys.rename(_self(call), call.target("passkey"), call.body),
            Open.SIGNED_IN,
            "Name a passkey",
            body=PasskeyPatch,
            answer=PasskeyView,
            changes=True,
            reason=_ONLY_OWN,
        ),
        Route(
            "DELETE",
            _PASSKEYS + "/{passkey}",
            lambda call: passkeys.delete(_self(call), call.target("passkey")),
            Open.SIGNED_IN,
            "Delete a passkey",
            answer=Removed,
            changes=True,
            reason=_ONLY_OWN,
        ),
    ]


def _self(call: Call) -> Actor:
    """The actor, when the path names them: the factors of others can only be taken away, by `reset`. Raises
    Forbidden."""
    actor = call.actor
    reference = call.path["user"].lower()
    if not actor.user_id or reference not in (ME, actor.user_id, actor.name):
        raise Forbidden("everybody sees to their own factors", next_step="Write `me` for yourself.")
    return actor
