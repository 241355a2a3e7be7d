"""REST routes of secrets and of the master key."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Route
from nimbus.trust.secrets.records import (
    MasterKeyStatus,
    NewSecretValue,
    SecretComparison,
    SecretDeleteQuery,
    SecretPatch,
    SecretQuery,
    SecretRequest,
    SecretRollback,
    SecretValueQuery,
    SecretValueView,
    SecretVersionView,
    SecretView,
)
from nimbus.trust.secrets.rotation import MasterKeys
from nimbus.trust.secrets.service import Secrets

_SECRET = Collection(
    "/api/v1/secrets",
    "secret",
    SecretView,
    reads=Permission.SECRET_READ,
    writes=Permission.SECRET_WRITE,
    deletes=Permission.SECRET_DELETE,
    scoped=True,
)
_MASTER_KEY = _SECRET.path + "/master-key"


def routes(secrets: Secrets, master_keys: MasterKeys) -> list[Route]:
    return [
        *_master_key_routes(master_keys),
        _SECRET.list(secrets.list, SecretQuery, "List secrets, without their values"),
        _SECRET.create(secrets.create, SecretRequest, "Create a secret"),
        _SECRET.show(secrets.show, "Show a secret, without its value"),
        _SECRET.change(secrets.change, SecretPatch, "Rename, describe or label a secret"),
        _SECRET.delete(secrets.delete, "Delete a secret and all of its versions", SecretDeleteQuery),
        *_value_routes(secrets),
    ]


def _master_key_routes(master_keys: MasterKeys) -> list[Route]:
    return [
        Route(
            "GET",
            _MASTER_KEY,
            lambda call: master_keys.status(call.actor),
            Permission.SETTINGS_READ,
            "Show the master keys and what they seal",
            answer=MasterKeyStatus,
            description="Needs settings:read on the whole control plane.",
        ),
        Route(
            "POST",
            _MASTER_KEY + "/rotations",
            lambda call: master_keys.rotate(call.actor),
            Permission.SETTINGS_WRITE,
            "Make a new master key",
            answer=MasterKeyStatus,
            changes=True,
            creates=True,
            status=202,
            description="What is sealed already is re-encrypted in the background. Needs settings:write on the "
            "whole control plane.",
        ),
    ]


def _value_routes(secrets: Secrets) -> list[Route]:
    async def reveal(call: Call) -> Answer:
        value = await secrets.reveal(call.actor, call.target("secret"), call.query.version)
        # Not a digest of the value, which the usual tag is.
        return Answer(value, headers={"ETag": f'"{value.id}.{value.version}"'})

    return [
        Route(
            "GET",
            _SECRET.resource_path + "/value",
            reveal,
            Permission.SECRET_REVEAL,
            "Reveal the value of a secret",
            query=SecretValueQuery,
            answer=SecretValueView,
            changes=True,
            scoped=True,
            description="Every reading is recorded in the audit log before the value is returned.",
        ),
        _SECRET.action(
            "/value",
            secrets.set_value,
            "Give a secret a new value",
            NewSecretValue,
            method="PUT",
            description="Each new value is a new version, of which the last five are kept.",
        ),
        _SECRET.action(
            "/value/comparison",
            secrets.compare,
            "Say whether a value is that of a secret, without revealing it",
            NewSecretValue,
            permission=Permission.SECRET_REVEAL,
            answer=SecretComparison,
            description="A comparison with another value is recorded in the audit log, one with the value itself "
            "is not.",
        ),
        _SECRET.part(
            "/versions", secrets.versions, "List the versions of a secret", answer=list[SecretVersionView]
        ),
        _SECRET.action(
            "/versions",
            secrets.set_value,
            "Give a secret a new value, once",
            NewSecretValue,
            creates=True,
            status=201,
            description="As PUT of the value; takes an Idempotency-Key.",
        ),
        _SECRET.action(
            "/rollback",
            secrets.rollback,
            "Make an older version the current one again",
            SecretRollback,
            creates=True,
        ),
    ]
