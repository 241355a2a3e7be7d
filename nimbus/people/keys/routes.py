"""REST routes of keys. `/api/v1/personal-keys` are those of whoever asks."""

from __future__ import annotations

import msgspec

from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route
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

_KEY = Collection("/api/v1/keys", "key", KeyView, reads=Permission.KEY_READ, writes=Permission.KEY_WRITE)
_PERSONAL_KEY = msgspec.structs.replace(_KEY, path="/api/v1/personal-keys")
_OWN = "one's own keys; the service requires the permission for those of others"


def routes(keys: Keys) -> list[Route]:
    return [
        _KEY.list(keys.list, KeyQuery, "List keys"),
        _KEY.create(keys.create_service, ServiceKeyRequest, "Make a service key", answer=NewKey),
        _PERSONAL_KEY.list(keys.list_personal, KeyQuery, "List one's own keys", signed_in=_OWN),
        _PERSONAL_KEY.create(
            keys.create_personal,
            PersonalKeyRequest,
            "Make a key that acts as oneself",
            answer=NewKey,
            signed_in="it cannot do more than the user who creates it",
        ),
        _KEY.show(keys.show, "Show a key", signed_in=_OWN),
        _KEY.change(keys.change, KeyPatch, "Change a key", signed_in=_OWN),
        _KEY.action(
            "/rotate",
            keys.rotate,
            "Give a key a new secret",
            RotateRequest,
            answer=NewKey,
            creates=True,
            status=201,
            signed_in=_OWN,
        ),
        _KEY.delete(keys.revoke, "Revoke a key", signed_in=_OWN),
    ]
