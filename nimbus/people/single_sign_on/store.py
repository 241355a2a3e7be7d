"""SQL of identity providers, external identities and what signing in leaves behind."""

from __future__ import annotations

from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, Value
from nimbus.people.single_sign_on.records import (
    ExternalIdentity,
    ExternalSession,
    IdentityProvider,
    IdentityProviderQuery,
)

_FIELDS = tuple(field.name for field in msgspec.structs.fields(IdentityProvider))
_COLUMNS = ", ".join(_FIELDS)
_FLAGS = ("link_by_email", "require_verified_email", "enabled")
_JSON = ("scopes", "group_mapping", "email_domains", "labels")
_SORTABLE = {name: name for name in IdentityProviderQuery.SORTS} | {"name": natural("name")}
_SESSION_FIELDS = tuple(field.name for field in msgspec.structs.fields(ExternalSession))
_SESSION_COLUMNS = ", ".join(_SESSION_FIELDS)


def _provider(row: Row) -> IdentityProvider:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    values |= {name: bool(values[name]) for name in _FLAGS}
    values |= {name: msgspec.json.decode(values[name]) for name in _JSON}
    return msgspec.convert(values, IdentityProvider)


def _values(provider: IdentityProvider) -> list[Value]:
    values: dict[str, Any] = {name: getattr(provider, name) for name in _FIELDS}
    values |= {name: int(values[name]) for name in _FLAGS}
    values |= {name: msgspec.json.encode(values[name]).decode() for name in _JSON}
    return list(values.values())


def insert_provider(tx: Transaction, provider: IdentityProvider) -> None:
    marks = ", ".join("?" * len(_FIELDS))
    tx.execute(f"INSERT INTO identity_providers ({_COLUMNS}) VALUES ({marks})", _values(provider))


def update_provider(tx: Transaction, provider: IdentityProvider) -> None:
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(
        f"UPDATE identity_providers SET {settings} WHERE id = ?", [*_values(provider)[1:], provider.id]
    )


def delete_provider(tx: Transaction, provider_id: str) -> None:
    for table in ("single_sign_on_sessions", "external_identities"):
        tx.execute(f"DELETE FROM {table} WHERE provider_id = ?", (provider_id,))
    tx.execute("DELETE FROM identity_providers WHERE id = ?", (provider_id,))


def get_provider(tx: Transaction, provider_id: str) -> IdentityProvider | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM identity_providers WHERE id = ?", (provider_id,))
    return _provider(row) if row else None


def find_provider(tx: Transaction, name: str) -> IdentityProvider | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM identity_providers WHERE name = ?", (name,))
    return _provider(row) if row else None


def enabled_providers(tx: Transaction) -> list[IdentityProvider]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM identity_providers WHERE enabled = 1 ORDER BY name")
    return [_provider(row) for row in rows]


def select_providers(tx: Transaction, query: IdentityProviderQuery) -> tuple[list[IdentityProvider], int]:
    selection = Selection().equal("name", query.name).equal("kind", query.kind)
    selection.equal("enabled", None if query.enabled is None else int(query.enabled))
    selection.labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "identity_providers",
        order=query.order,
        sortable=_SORTABLE,
        default=by_name("name"),
        limit=query.per_page,
        offset=query.offset,
    )
    return [_provider(row) for row in rows], total


# Whom a provider vouches for.


def linked_user(tx: Transaction, provider_id: str, issuer: str, subject: str) -> str | None:
    value = tx.value(
        "SELECT user_id FROM external_identities WHERE provider_id = ? AND issuer = ? AND subject = ?",
        (provider_id, issuer, subject),
    )
    return None if value is None else str(value)


def has_identity(tx: Transaction, provider_id: str, user_id: str) -> bool:
    value = tx.value(
        "SELECT COUNT(*) FROM external_identities WHERE provider_id = ? AND user_id = ?",
        (provider_id, user_id),
    )
    return bool(value)


def insert_identity(
    tx: Transaction, provider_id: str, issuer: str, subject: str, user_id: str, at: int
) -> None:
    tx.execute(
        "INSERT INTO external_identities (provider_id, issuer, subject, user_id, created_at, last_login_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (provider_id, issuer, subject, user_id, at, at),
    )


def identities_of(tx: Transaction, user_id: str) -> list[ExternalIdentity]:
    rows = tx.all(
        "SELECT provider_id, issuer, subject, user_id, created_at, last_login_at FROM external_identities"
        " WHERE user_id = ? ORDER BY created_at, provider_id",
        (user_id,),
    )
    return [
        ExternalIdentity(**{name: row[name] for name in ExternalIdentity.__struct_fields__}) for row in rows
    ]


def delete_identity(tx: Transaction, identity: ExternalIdentity) -> None:
    tx.execute(
        "DELETE FROM external_identities WHERE provider_id = ? AND issuer = ? AND subject = ?",
        (identity.provider_id, identity.issuer, identity.subject),
    )


def note_login(tx: Transaction, provider_id: str, issuer: str, subject: str, at: int) -> None:
    tx.execute(
        "UPDATE external_identities SET last_login_at = ? WHERE provider_id = ? AND issuer = ? AND subject = ?",
        (at, provider_id, issuer, subject),
    )


def linked_users(tx: Transaction, provider_id: str) -> list[str]:
    rows = tx.all(
        "SELECT DISTINCT user_id FROM external_identities WHERE provider_id = ? ORDER BY user_id",
        (provider_id,),
    )
    return [row["user_id"] for row in rows]


def count_linked(tx: Transaction, provider_id: str) -> int:
    sql = "SELECT COUNT(DISTINCT user_id) FROM external_identities WHERE provider_id = ?"
    return int(tx.value(sql, (provider_id,)))


# Sessions.


def insert_session(tx: Transaction, session: ExternalSession) -> None:
    marks = ", ".join("?" * len(_SESSION_FIELDS))
    tx.execute(
        f"INSERT INTO single_sign_on_sessions ({_SESSION_COLUMNS}) VALUES ({marks})",
        [getattr(session, name) for name in _SESSION_FIELDS],
    )


def get_session(tx: Transaction, session_id: str) -> ExternalSession | None:
    row = tx.one(
        f"SELECT {_SESSION_COLUMNS} FROM single_sign_on_sessions WHERE session_id = ?", (session_id,)
    )
    return ExternalSession(**{name: row[name] for name in _SESSION_FIELDS}) if row else None


def sessions_of(
    tx: Transaction,
    provider_id: str,
    *,
    issuer: str | None = None,
    subject: str | None = None,
    provider_session: str | None = None,
) -> list[str]:
    """Ids of the sessions that were opened through a provider (None: through any)."""
    selection = Selection().equal("provider_id", provider_id).equal("issuer", issuer)
    selection.equal("subject", subject).equal("provider_session", provider_session)
    rows = selection.first(tx, "session_id", "single_sign_on_sessions", order="session_id", limit=1_000_000)
    return [row["session_id"] for row in rows]


# What is good once.


def insert_code(tx: Transaction, code_id: str, sealed: str, expires_at: int) -> None:
    tx.execute(
        "INSERT INTO sign_in_codes (id, sealed_result, expires_at) VALUES (?, ?, ?)",
        (code_id, sealed, expires_at),
    )


def take_code(tx: Transaction, code_id: str) -> tuple[str, int] | None:
    """The sealed result and until when it is good. It can be taken once."""
    row = tx.one("DELETE FROM sign_in_codes WHERE id = ? RETURNING sealed_result, expires_at", (code_id,))
    return (row["sealed_result"], row["expires_at"]) if row else None


def spend(tx: Transaction, ticket_id: str, expires_at: int) -> bool:
    """Whether it was unused until now. Of two calls at the same time one gets True."""
    changed = tx.execute(
        "INSERT INTO spent_sign_in_tickets (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (ticket_id, expires_at),
    )
    return changed == 1


def forget(tx: Transaction, codes_before: int, tickets_before: int) -> None:
    tx.execute("DELETE FROM sign_in_codes WHERE expires_at < ?", (codes_before,))
    tx.execute("DELETE FROM spent_sign_in_tickets WHERE expires_at < ?", (tickets_before,))
