"""New keys: their parts, their row with its line in the audit log, and what is shown of them once."""

from __future__ import annotations

import secrets

from nimbus.db import Transaction
from nimbus.kernel.access import SYSTEM, Actor
from nimbus.kernel.clock import optional_rfc3339
from nimbus.kernel.ids import new_id, new_secret
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.sealing import Sealer
from nimbus.people.keys import store
from nimbus.people.keys.records import Key, KeyKind, NewKey
from nimbus.people.keys.rules import hash_of
from nimbus.protocol.signing import API_KEY_PREFIX
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


def new_key(
    sealer: Sealer,
    now: int,
    kind: KeyKind,
    name: str,
    *,
    created_by: str,
    expires_at: int | None = None,
    user_id: str | None = None,
) -> tuple[Key, str]:
    """The key and its secret."""
    access_key, secret = new_access_key(kind), new_secret()
    key = Key(
        id=new_id(),
        organization_id=None,
        name=name,
        kind=kind,
        user_id=user_id,
        access_key=access_key,
        sealed_secret=sealed(sealer, kind, access_key, secret),
        secret_hash=hash_if_needed(kind, secret),
        expires_at=expires_at,
        created_by=created_by,
        created_at=now,
        updated_at=now,
    )
    return key, secret


def first_key(tx: Transaction, audit: AuditLog, sealer: Sealer, now: int, user_id: str) -> NewKey:
    """A pair for the administrator, made on the control plane's host."""
    number = len(store.of_user(tx, user_id)) + 1
    name = f"bootstrap-{number}-{secrets.token_hex(3)}"
    key, secret = new_key(sealer, now, "hmac", name, created_by=SYSTEM.name, user_id=user_id)
    insert(tx, audit, SYSTEM, key)
    return shown_once(key, secret)


def is_from_the_host(key: Key) -> bool:
    """Made by `first_key`. No user is called as the system is, and only users make personal keys."""
    return key.user_id is not None and key.created_by == SYSTEM.name


def insert(tx: Transaction, audit: AuditLog, actor: Actor, key: Key) -> None:
    store.insert(tx, key)
    audit.record(tx, actor, "key.create", resource(tx, key), after=auditable(key))
    tx.emit(AccessChanged())


def new_access_key(kind: KeyKind) -> str:
    return "NK" + secrets.token_hex(10).upper() if kind == "hmac" else API_KEY_PREFIX + secrets.token_hex(10)


def sealed(sealer: Sealer, kind: KeyKind, access_key: str, secret: str) -> str:
    return sealer.seal(secret, secret_context(access_key)) if kind == "hmac" else ""


def secret_context(access_key: str) -> str:
    """What a pair's secret is sealed for."""
    return f"access-key:{access_key}"


def hash_if_needed(kind: KeyKind, secret: str) -> str:
    return hash_of(secret) if kind == "api-key" else ""


def shown_once(key: Key, secret: str) -> NewKey:
    pair = key.kind == "hmac"
    return NewKey(
        id=key.id,
        name=key.name,
        kind=key.kind,
        access_key=key.access_key,
        secret_key=secret if pair else None,
        api_key=None if pair else f"{key.access_key}_{secret}",
        expires_at=optional_rfc3339(key.expires_at),
        previous_until=optional_rfc3339(key.previous_until),
    )


def resource(tx: Transaction, key: Key) -> Resource:
    """Where it is seen: a personal key where its user is at home, so that nothing done to it is hidden there."""
    home, workspace_id = key.organization_id, key.workspace_id
    if key.user_id is not None:
        home = store.home_of(tx, key.user_id)
        if workspace_id is not None and store.organization_of(tx, workspace_id) != home:
            workspace_id = None
    return Resource("key", key.id, key.name, workspace_id, home)


def auditable(key: Key) -> dict[str, object]:
    return {
        "name": key.name,
        "kind": key.kind,
        "access_key": key.access_key,
        "user_id": key.user_id,
        "workspace_id": key.workspace_id,
        "role_id": key.role_id,
        "tenant": key.tenant,
        "expires_at": optional_rfc3339(key.expires_at),
        "labels": key.labels,
    }
