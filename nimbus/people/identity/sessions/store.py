"""SQL of sessions, refresh tokens and the keys that access tokens are signed with."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from nimbus.db import Transaction
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row
from nimbus.people.identity.sessions.records import Session, SessionQuery

_FIELDS = (
    "id",
    "user_id",
    "methods",
    "source",
    "user_agent",
    "created_at",
    "last_used_at",
    "last_used_from",
    "expires_at",
    "revoked_at",
    "revoked_for",
    "authenticated_at",
    "parent_id",
)
_COLUMNS = ", ".join(_FIELDS)
_SORTABLE = {name: name for name in SessionQuery.SORTS}
_methods = msgspec.json.Decoder(tuple[str, ...])


class CliGrantRow(msgspec.Struct, frozen=True):
    session_id: str
    challenge: str
    expires_at: int


class RefreshRow(msgspec.Struct, frozen=True):
    session_id: str
    spent_at: int | None


def _session(row: Row) -> Session:
    values = {name: row[name] for name in _FIELDS}
    return Session(**{**values, "methods": _methods.decode(values["methods"])})


def insert_session(tx: Transaction, session: Session) -> None:
    values = [getattr(session, name) for name in _FIELDS]
    values[_FIELDS.index("methods")] = msgspec.json.encode(session.methods).decode()
    tx.execute(f"INSERT INTO sessions ({_COLUMNS}) VALUES ({', '.join('?' * len(_FIELDS))})", values)


def get_session(tx: Transaction, session_id: str) -> Session | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", (session_id,))
    return _session(row) if row else None


def live_sessions_of(tx: Transaction, user_id: str) -> list[Session]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM sessions WHERE user_id = ? AND revoked_at IS NULL ORDER BY created_at, id",
        (user_id,),
    )
    return [_session(row) for row in rows]


def opened_from(tx: Transaction, session_id: str) -> list[Session]:
    """The live ones that came of this one."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM sessions WHERE parent_id = ? AND revoked_at IS NULL ORDER BY created_at, id",
        (session_id,),
    )
    return [_session(row) for row in rows]


def set_methods(tx: Transaction, session_id: str, methods: tuple[str, ...]) -> None:
    values = (msgspec.json.encode(methods).decode(), session_id)
    tx.execute("UPDATE sessions SET methods = ? WHERE id = ?", values)


def set_authenticated(tx: Transaction, session_id: str, at: int, methods: tuple[str, ...]) -> None:
    set_methods(tx, session_id, methods)
    tx.execute("UPDATE sessions SET authenticated_at = ? WHERE id = ?", (at, session_id))


def forget_parent(tx: Transaction, session_id: str) -> None:
    tx.execute("UPDATE sessions SET parent_id = NULL WHERE id = ?", (session_id,))


def select_sessions(
    tx: Transaction, query: SessionQuery, *, user_id: str, now: int, idle: int
) -> tuple[list[Session], int]:
    """The live ones, the one that was used last first."""
    selection = Selection().equal("user_id", user_id).where("revoked_at IS NULL")
    selection.where("expires_at > ?", now).where("last_used_at > ?", now - idle)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "sessions",
        order=query.order,
        sortable=_SORTABLE,
        default="last_used_at DESC, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_session(row) for row in rows], total


def revoke_session(tx: Transaction, session_id: str, at: int, reason: str) -> bool:
    """Whether it was not revoked already."""
    changed = tx.execute(
        "UPDATE sessions SET revoked_at = ?, revoked_for = ? WHERE id = ? AND revoked_at IS NULL",
        (at, reason, session_id),
    )
    return changed == 1


def note_used(tx: Transaction, used: Iterable[tuple[int, str, str]]) -> None:
    """(at, source, session id)"""
    tx.execute_many(
        "UPDATE sessions SET last_used_at = ?, last_used_from = ? WHERE id = ? AND last_used_at < ?",
        [(at, source, session_id, at) for at, source, session_id in used],
    )


def insert_refresh_token(tx: Transaction, token_hash: str, session_id: str, at: int) -> None:
    tx.execute(
        "INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES (?, ?, ?)",
        (token_hash, session_id, at),
    )


def find_refresh_token(tx: Transaction, token_hash: str) -> RefreshRow | None:
    row = tx.one("SELECT session_id, spent_at FROM refresh_tokens WHERE token_hash = ?", (token_hash,))
    return RefreshRow(row["session_id"], row["spent_at"]) if row else None


def spend_refresh_token(tx: Transaction, token_hash: str, at: int) -> bool:
    """Whether it was good until now: of two at the same time one hears yes."""
    changed = tx.execute(
        "UPDATE refresh_tokens SET spent_at = ? WHERE token_hash = ? AND spent_at IS NULL", (at, token_hash)
    )
    return changed == 1


def forget_ended(tx: Transaction, expired_before: int, revoked_before: int) -> int:
    """Sessions that ended a while ago, with their tokens."""
    ended = "SELECT id FROM sessions WHERE expires_at < ? OR revoked_at < ?"
    parameters = (expired_before, revoked_before)
    tx.execute(f"DELETE FROM refresh_tokens WHERE session_id IN ({ended})", parameters)
    return tx.execute("DELETE FROM sessions WHERE expires_at < ? OR revoked_at < ?", parameters)


def delete_sessions_of(tx: Transaction, user_id: str) -> None:
    tx.execute(
        "DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE user_id = ?)",
        (user_id,),
    )
    tx.execute("DELETE FROM sessions WHERE user_id = ?", (user_id,))


class KeyRow(msgspec.Struct, frozen=True):
    id: str
    sealed_key: str
    created_at: int


def token_keys(tx: Transaction) -> list[KeyRow]:
    """The newest first."""
    rows = tx.all("SELECT id, sealed_key, created_at FROM token_keys ORDER BY created_at DESC, id")
    return [KeyRow(row["id"], row["sealed_key"], row["created_at"]) for row in rows]


def insert_token_key(tx: Transaction, key: KeyRow) -> None:
    tx.execute(
        "INSERT INTO token_keys (id, sealed_key, created_at) VALUES (?, ?, ?)",
        (key.id, key.sealed_key, key.created_at),
    )


def delete_token_key(tx: Transaction, key_id: str) -> None:
    tx.execute("DELETE FROM token_keys WHERE id = ?", (key_id,))


# Codes of command lines.


def put_cli_grant(tx: Transaction, code_hash: str, session_id: str, challenge: str, expires_at: int) -> None:
    """In place of the one before of the same session: who asks again and again does not fill the disk."""
    tx.execute("DELETE FROM cli_grants WHERE session_id = ?", (session_id,))
    tx.execute(
        "INSERT INTO cli_grants (code_hash, session_id, challenge, expires_at) VALUES (?, ?, ?, ?)",
        (code_hash, session_id, challenge, expires_at),
    )


def take_cli_grant(tx: Transaction, code_hash: str) -> CliGrantRow | None:
    row = tx.one(
        "DELETE FROM cli_grants WHERE code_hash = ? RETURNING session_id, challenge, expires_at", (code_hash,)
    )
    return CliGrantRow(*row) if row else None
