"""REST routes of keys. `/api/v1/personal-keys` are those of whoever asks."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Open, Page, Route
from nimbus.people.keys.records import (
    KeyPatch,
    KeyQuery,
    KeyView,
    NewKey,
    PersonalKeyRequest,
    RotateRequest,
    ServiceKeyRequest,
)
from nimbus.people.keys.service import Keys

_KEYS, _KEY = "/api/v1/keys", "/api/v1/keys/{key}"
_PERSONAL = "/api/v1/personal-keys"
_OWN = "one's own keys; the service requires the permission for those of others"


def routes(keys: Keys) -> list[Route]:
    async def index(call: Call) -> Answer:
        found, total = await keys.list(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def own(call: Call) -> Answer:
        found, total = await keys.list_personal(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await keys.create_service(call.actor, call.body), status=201)

    async def create_own(call: Call) -> Answer:
        return Answer(await keys.create_personal(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await keys.show(call.actor, call.target("key")))

    async def change(call: Call) -> Answer:
        return Answer(await keys.change(call.actor, call.target("key"), call.body))

    async def rotate(call: Call) -> Answer:
        return Answer(await keys.rotate(call.actor, call.target("key"), call.body), status=201)

    async def revoke(call: Call) -> Answer:
        return Answer(await keys.revoke(call.actor, call.target("key")))

    signed_in = Open.SIGNED_IN
    return [
        Route("GET", _KEYS, index, Permission.KEY_READ, "List keys", query=KeyQuery, answer=list[KeyView]),
        Route(
            "POST",
            _KEYS,
            create,
            Permission.KEY_WRITE,
            "Make a service key",
            body=ServiceKeyRequest,
            answer=NewKey,
            changes=True,
            creates=True,
            status=201,
        ),
        Route(
            "GET",
            _PERSONAL,
            own,
            signed_in,
            "List one's own keys",
            query=KeyQuery,
            answer=list[KeyView],
            reason=_OWN,
        ),
        Route(
            "POST",
            _PERSONAL,
            create_own,
            signed_in,
            "Make a key that acts as oneself",
            body=PersonalKeyRequest,
            answer=NewKey,
            changes=True,
            creates=True,
            status=201,
            reason="it may no more than whoever makes it",
        ),
        Route("GET", _KEY, show, signed_in, "Show a key", answer=KeyView, reason=_OWN),
        Route(
            "PATCH",
            _KEY,
            change,
            signed_in,
            "Change a key",
            body=KeyPatch,
            answer=KeyView,
            changes=True,
            reason=_OWN,
        ),
        Route(
            "POST",
            _KEY + "/rotate",
            rotate,
            signed_in,
            "Give a key a new secret",
            body=RotateRequest,
            answer=NewKey,
            changes=True,
            creates=True,
            status=201,
            reason=_OWN,
        ),
        Route("DELETE", _KEY, revoke, signed_in, "Revoke a key", answer=KeyView, changes=True, reason=_OWN),
    ]
