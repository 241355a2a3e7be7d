"""SQL of identity."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.identity.records import AccessKey, User


def find_user(tx: Transaction, username: str) -> User | None:
    row = tx.one("SELECT id, username, is_admin FROM users WHERE username = ?", (username,))
    return User(row["id"], row["username"], bool(row["is_admin"])) if row else None


def insert_user(tx: Transaction, user: User, at: int) -> None:
    tx.execute(
        "INSERT INTO users (id, username, is_admin, created_at) VALUES (?, ?, ?, ?)",
        (user.id, user.username, int(user.is_admin), at),
    )


def insert_access_key(tx: Transaction, access_key: str, user_id: str, sealed_secret: str, at: int) -> None:
    tx.execute(
        "INSERT INTO access_keys (access_key, user_id, sealed_secret, created_at) VALUES (?, ?, ?, ?)",
        (access_key, user_id, sealed_secret, at),
    )


def get_access_key(tx: Transaction, access_key: str) -> AccessKey | None:
    row = tx.one(
        "SELECT k.access_key, k.sealed_secret, u.id, u.username, u.is_admin FROM access_keys k"
        " JOIN users u ON u.id = k.user_id"
        " WHERE k.access_key = ? AND k.revoked_at IS NULL AND u.disabled_at IS NULL",
        (access_key,),
    )
    if row is None:
        return None
    user = User(row["id"], row["username"], bool(row["is_admin"]))
    return AccessKey(row["access_key"], user, row["sealed_secret"])


def spend_signature(tx: Transaction, signature: str, expires_at: int) -> None:
    tx.execute(
        "INSERT INTO spent_signatures (signature, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (signature, expires_at),
    )


def spent_signatures(tx: Transaction, now: int) -> list[tuple[str, int]]:
    rows = tx.all("SELECT signature, expires_at FROM spent_signatures WHERE expires_at > ?", (now,))
    return [(row["signature"], row["expires_at"]) for row in rows]


def forget_signatures(tx: Transaction, now: int) -> None:
    tx.execute("DELETE FROM spent_signatures WHERE expires_at <= ?", (now,))
