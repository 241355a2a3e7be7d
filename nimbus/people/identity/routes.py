"""REST routes of users, of their passwords and of their second factors. `me` stands for oneself."""

from __future__ import annotations

from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import Forbidden
from nimbus.kernel.routing import Answer, Call, Open, Page, Route
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
    PasswordRequest,
    UserPatch,
    UserQuery,
    UserRequest,
    UserView,
    WhoAmI,
)
from nimbus.people.identity.users import ME, Users

_USERS, _USER = "/api/v1/users", "/api/v1/users/{user}"
_FACTORS = _USER + "/second-factors"
_OWN = "oneself; the service requires the permission for others"
_ONLY_OWN = "how one signs in oneself"


def routes(users: Users, factors: SecondFactors, passkeys: Passkeys) -> list[Route]:
    return [*_users(users), *_factors(factors), *_passkeys(passkeys)]


def _users(users: Users) -> list[Route]:
    async def index(call: Call) -> Answer:
        found, total = await users.list(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await users.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await users.show(call.actor, call.target("user")))

    async def change(call: Call) -> Answer:
        return Answer(await users.change(call.actor, call.target("user"), call.body))

    async def delete(call: Call) -> Answer:
        return Answer(await users.delete(call.actor, call.target("user")))

    async def password(call: Call) -> Answer:
        return Answer(await users.set_password(call.actor, call.target("user"), call.body))

    async def who_am_i(call: Call) -> Answer:
        return Answer(await users.who_am_i(call.actor))

    signed_in = Open.SIGNED_IN
    return [
        Route(
            "GET",
            "/api/v1/whoami",
            who_am_i,
            signed_in,
            "Show who is asking, and what they may do",
            answer=WhoAmI,
            reason="what one is oneself",
        ),
        Route(
            "GET", _USERS, index, Permission.USER_READ, "List users", query=UserQuery, answer=list[UserView]
        ),
        Route(
            "POST",
            _USERS,
            create,
            Permission.USER_WRITE,
            "Make a user",
            body=UserRequest,
            answer=UserView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", _USER, show, signed_in, "Show a user", answer=UserView, reason=_OWN),
        Route(
            "PATCH",
            _USER,
            change,
            signed_in,
            "Change a user",
            body=UserPatch,
            answer=UserView,
            changes=True,
            reason=_OWN,
        ),
        Route(
            "DELETE", _USER, delete, Permission.USER_DELETE, "Delete a user", answer=UserView, changes=True
        ),
        Route(
            "POST",
            _USER + "/password",
            password,
            signed_in,
            "Set a password",
            body=PasswordRequest,
            answer=UserView,
            changes=True,
            reason=_OWN,
        ),
    ]


def _factors(factors: SecondFactors) -> list[Route]:
    async def show(call: Call) -> Answer:
        return Answer(await factors.show(call.actor, call.target("user")))

    async def enrol(call: Call) -> Answer:
        return Answer(await factors.enrol(_self(call)), status=201)

    async def confirm(call: Call) -> Answer:
        return Answer(await factors.confirm(_self(call), call.body))

    async def disable(call: Call) -> Answer:
        return Answer(await factors.disable(_self(call), call.body))

    async def regenerate(call: Call) -> Answer:
        return Answer(await factors.regenerate(_self(call), call.body), status=201)

    async def reset(call: Call) -> Answer:
        return Answer(await factors.reset(call.actor, call.target("user")))

    signed_in = Open.SIGNED_IN
    return [
        Route(
            "GET",
            _FACTORS,
            show,
            signed_in,
            "Show which second factors a user has",
            answer=FactorsView,
            reason=_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/totp",
            enrol,
            signed_in,
            "Enrol an authenticator app",
            answer=TotpEnrolment,
            changes=True,
            status=201,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/totp/confirm",
            confirm,
            signed_in,
            "Confirm an authenticator app",
            body=CodeRequest,
            answer=RecoveryCodes,
            changes=True,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/totp/disable",
            disable,
            signed_in,
            "Disable an authenticator app",
            body=CodeRequest,
            answer=FactorsView,
            changes=True,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/recovery-codes",
            regenerate,
            signed_in,
            "Make new recovery codes",
            body=CodeRequest,
            answer=RecoveryCodes,
            changes=True,
            status=201,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            _FACTORS + "/reset",
            reset,
            Permission.USER_WRITE,
            "Take all second factors of a user away",
            answer=FactorsView,
            changes=True,
        ),
    ]


def _passkeys(passkeys: Passkeys) -> list[Route]:
    async def options(call: Call) -> Answer:
        return Answer(await passkeys.registration(_self(call)))

    async def register(call: Call) -> Answer:
        return Answer(await passkeys.register(_self(call), call.body), status=201)

    async def rename(call: Call) -> Answer:
        return Answer(await passkeys.rename(_self(call), call.target("passkey"), call.body))

    async def delete(call: Call) -> Answer:
        return Answer(await passkeys.delete(_self(call), call.target("passkey")))

    signed_in = Open.SIGNED_IN
    base = _USER + "/passkeys"
    return [
        Route(
            "POST",
            base + "/options",
            options,
            signed_in,
            "Ask for a challenge to register a passkey",
            answer=PasskeyOptions,
            reason=_ONLY_OWN,
        ),
        Route(
            "POST",
            base,
            register,
            signed_in,
            "Register a passkey",
            body=PasskeyRegistration,
            answer=PasskeyRegistered,
            changes=True,
            status=201,
            reason=_ONLY_OWN,
        ),
        Route(
            "PATCH",
            base + "/{passkey}",
            rename,
            signed_in,
            "Name a passkey",
            body=PasskeyPatch,
            answer=PasskeyView,
            changes=True,
            reason=_ONLY_OWN,
        ),
        Route(
            "DELETE",
            base + "/{passkey}",
            delete,
            signed_in,
            "Delete a passkey",
            answer=Removed,
            changes=True,
            reason=_ONLY_OWN,
        ),
    ]


def _self(call: Call) -> Actor:
    """Nobody sees to the factors of others but by `reset`. Raises Forbidden."""
    actor = call.actor
    reference = call.path["user"].lower()
    if not actor.user_id or reference not in (ME, actor.user_id, actor.name):
        raise Forbidden("everybody sees to their own factors", next_step="Write `me` for yourself.")
    return actor
