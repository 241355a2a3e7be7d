"""SQL of idempotency keys."""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction


class Row(msgspec.Struct, frozen=True):
    """`status` is None until the answer is known."""

    sealed_fingerprint: str
    status: int | None
    sealed_answer: str


def find(tx: Transaction, principal: str, key: str, now: int) -> Row | None:
    row = tx.one(
        "SELECT sealed_fingerprint, status, sealed_answer FROM idempotency_keys"
        " WHERE principal = ? AND idempotency_key = ? AND expires_at > ?",
        (principal, key, now),
    )
    return Row(row["sealed_fingerprint"], row["status"], row["sealed_answer"]) if row else None


def claim(
    tx: Transaction, principal: str, key: str, sealed_fingerprint: str, now: int, expires_at: int
) -> bool:
    """Whether nobody had it."""
    tx.execute(
        "DELETE FROM idempotency_keys WHERE principal = ? AND idempotency_key = ? AND expires_at <= ?",
        (principal, key, now),
    )
    changed = tx.execute(
        "INSERT INTO idempotency_keys (principal, idempotency_key, sealed_fingerprint, status, sealed_answer,"
        " expires_at)"
        " VALUES (?, ?, ?, NULL, '', ?) ON CONFLICT DO NOTHING",
        (principal, key, sealed_fingerprint, expires_at),
    )
    return changed == 1


def answer(tx: Transaction, principal: str, key: str, status: int, sealed_answer: str) -> None:
    tx.execute(
        "UPDATE idempotency_keys SET status = ?, sealed_answer = ? WHERE principal = ? AND idempotency_key = ?",
        (status, sealed_answer, principal, key),
    )


def forget_expired(tx: Transaction, now: int) -> None:
    tx.execute("DELETE FROM idempotency_keys WHERE expires_at <= ?", (now,))
