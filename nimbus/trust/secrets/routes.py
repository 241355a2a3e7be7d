"""REST routes of secrets and of the master key."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Page, Route
from nimbus.trust.secrets.records import (
    MasterKeyStatus,
    NewSecretValue,
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

_BASE = "/api/v1/secrets"
_ONE = _BASE + "/{secret}"
_MASTER_KEY = _BASE + "/master-key"


def routes(secrets: Secrets, master_keys: MasterKeys) -> list[Route]:
    return [*_master_key_routes(master_keys), *_secret_routes(secrets), *_value_routes(secrets)]


def _master_key_routes(master_keys: MasterKeys) -> list[Route]:
    async def status(call: Call) -> Answer:
        return Answer(await master_keys.status(call.actor))

    async def rotate(call: Call) -> Answer:
        return Answer(await master_keys.rotate(call.actor), status=202)

    return [
        Route(
            "GET",
            _MASTER_KEY,
            status,
            Permission.SETTINGS_READ,
            "Show the master keys and what they seal",
            answer=MasterKeyStatus,
            description="Needs settings:read on the whole control plane.",
        ),
        Route(
            "POST",
            _MASTER_KEY + "/rotations",
            rotate,
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


def _secret_routes(secrets: Secrets) -> list[Route]:
    async def index(call: Call) -> Answer:
        query: SecretQuery = call.query or SecretQuery()
        found, total = await secrets.list(call.actor, query, call.workspace)
        return Answer(found, page=Page(query.page, query.per_page, total))

    async def show(call: Call) -> Answer:
        return Answer(await secrets.show(call.actor, call.target("secret")))

    async def create(call: Call) -> Answer:
        return Answer(await secrets.create(call.actor, call.body, call.workspace), status=201)

    async def change(call: Call) -> Answer:
        return Answer(await secrets.change(call.actor, call.target("secret"), call.body))

    async def delete(call: Call) -> Answer:
        query: SecretDeleteQuery = call.query or SecretDeleteQuery()
        return Answer(await secrets.delete(call.actor, call.target("secret"), force=query.force))

    return [
        Route(
            "GET",
            _BASE,
            index,
            Permission.SECRET_READ,
            "List secrets, without their values",
            query=SecretQuery,
            answer=list[SecretView],
            scoped=True,
        ),
        Route(
            "POST",
            _BASE,
            create,
            Permission.SECRET_WRITE,
            "Create a secret",
            body=SecretRequest,
            answer=SecretView,
            changes=True,
            creates=True,
            scoped=True,
            status=201,
        ),
        Route(
            "GET",
            _ONE,
            show,
            Permission.SECRET_READ,
            "Show a secret, without its value",
            answer=SecretView,
            scoped=True,
        ),
        Route(
            "PATCH",
            _ONE,
            change,
            Permission.SECRET_WRITE,
            "Rename, describe or label a secret",
            body=SecretPatch,
            answer=SecretView,
            changes=True,
            scoped=True,
        ),
        Route(
            "DELETE",
            _ONE,
            delete,
            Permission.SECRET_DELETE,
            "Delete a secret and all of its versions",
            query=SecretDeleteQuery,
            answer=SecretView,
            changes=True,
            scoped=True,
        ),
    ]


def _value_routes(secrets: Secrets) -> list[Route]:
    async def reveal(call: Call) -> Answer:
        query: SecretValueQuery = call.query or SecretValueQuery()
        found = await secrets.reveal(call.actor, call.target("secret"), query.version)
        # Not a digest of the value, which the usual tag is.
        return Answer(found, headers={"ETag": f'"{found.id}.{found.version}"'})

    async def set_value(call: Call) -> Answer:
        return Answer(await secrets.set_value(call.actor, call.target("secret"), call.body))

    async def add_version(call: Call) -> Answer:
        return Answer(await secrets.set_value(call.actor, call.target("secret"), call.body), status=201)

    async def versions(call: Call) -> Answer:
        return Answer(await secrets.versions(call.actor, call.target("secret")))

    async def rollback(call: Call) -> Answer:
        return Answer(await secrets.rollback(call.actor, call.target("secret"), call.body))

    write = Permission.SECRET_WRITE
    return [
        Route(
            "GET",
            _ONE + "/value",
            reveal,
            Permission.SECRET_REVEAL,
            "Reveal the value of a secret",
            query=SecretValueQuery,
            answer=SecretValueView,
            changes=True,
            scoped=True,
            description="Every reading leaves a row in the audit log, before the value goes out.",
        ),
        Route(
            "PUT",
            _ONE + "/value",
            set_value,
            write,
            "Give a secret a new value",
            body=NewSecretValue,
            answer=SecretView,
            changes=True,
            scoped=True,
            description="Each new value is a new version, of which the last five are kept.",
        ),
        Route(
            "GET",
            _ONE + "/versions",
            versions,
            Permission.SECRET_READ,
            "List the versions of a secret",
            answer=list[SecretVersionView],
            scoped=True,
        ),
        Route(
            "POST",
            _ONE + "/versions",
            add_version,
            write,
            "Give a secret a new value, once",
            body=NewSecretValue,
            answer=SecretView,
            changes=True,
            creates=True,
            scoped=True,
            status=201,
            description="As PUT of the value; takes an Idempotency-Key.",
        ),
        Route(
            "POST",
            _ONE + "/rollback",
            rollback,
            write,
            "Make an older version the current one again",
            body=SecretRollback,
            answer=SecretView,
            changes=True,
            creates=True,
            scoped=True,
        ),
    ]
