"""SQL of second factors, passkeys and spent challenges."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from nimbus.db import Transaction
from nimbus.db.transaction import Row
from nimbus.people.identity.factors.records import Passkey, Totp
from nimbus.people.identity.records import FactorCounts

_TOTP = "user_id, sealed_secret, last_step, created_at, confirmed_at"
_FIELDS = (
    "id",
    "user_id",
    "credential_id",
    "public_key",
    "sign_count",
    "name",
    "transports",
    "backed_up",
    "created_at",
    "last_used_at",
    "revision",
)
_COLUMNS = ", ".join(_FIELDS)
_transports = msgspec.json.Decoder(tuple[str, ...])


def counts(tx: Transaction, user_id: str) -> FactorCounts:
    totp = tx.value("SELECT 1 FROM totp_factors WHERE user_id = ? AND confirmed_at IS NOT NULL", (user_id,))
    passkeys = tx.value("SELECT COUNT(*) FROM passkeys WHERE user_id = ?", (user_id,))
    codes = tx.value("SELECT COUNT(*) FROM recovery_codes WHERE user_id = ? AND used_at IS NULL", (user_id,))
    return FactorCounts(totp is not None, int(passkeys), int(codes))


# One-time codes.


def get_totp(tx: Transaction, user_id: str) -> Totp | None:
    row = tx.one(f"SELECT {_TOTP} FROM totp_factors WHERE user_id = ?", (user_id,))
    return _totp(row) if row else None


def _totp(row: Row) -> Totp:
    return Totp(**{name: row[name] for name in _TOTP.split(", ")})


def put_totp(tx: Transaction, totp: Totp) -> None:
    delete_totp(tx, totp.user_id)
    tx.execute(
        f"INSERT INTO totp_factors ({_TOTP}) VALUES (?, ?, ?, ?, ?)",
        (totp.user_id, totp.sealed_secret, totp.last_step, totp.created_at, totp.confirmed_at),
    )


def confirm_totp(tx: Transaction, user_id: str, at: int) -> None:
    tx.execute("UPDATE totp_factors SET confirmed_at = ? WHERE user_id = ?", (at, user_id))


def use_step(tx: Transaction, user_id: str, step: int) -> bool:
    """Whether no code of this step or a later one was accepted before."""
    changed = tx.execute(
        "UPDATE totp_factors SET last_step = ? WHERE user_id = ? AND last_step < ?", (step, user_id, step)
    )
    return changed == 1


def delete_totp(tx: Transaction, user_id: str) -> None:
    tx.execute("DELETE FROM totp_factors WHERE user_id = ?", (user_id,))


# Recovery codes.


def put_recovery_codes(tx: Transaction, user_id: str, hashes: Iterable[str]) -> None:
    delete_recovery_codes(tx, user_id)
    tx.execute_many(
        "INSERT INTO recovery_codes (user_id, code_hash) VALUES (?, ?)",
        [(user_id, code_hash) for code_hash in hashes],
    )


def use_recovery_code(tx: Transaction, user_id: str, code_hash: str, at: int) -> bool:
    changed = tx.execute(
        "UPDATE recovery_codes SET used_at = ? WHERE user_id = ? AND code_hash = ? AND used_at IS NULL",
        (at, user_id, code_hash),
    )
    return changed == 1


def delete_recovery_codes(tx: Transaction, user_id: str) -> None:
    tx.execute("DELETE FROM recovery_codes WHERE user_id = ?", (user_id,))


# Passkeys.


def _passkey(row: Row) -> Passkey:
    values = {name: row[name] for name in _FIELDS}
    values["transports"] = _transports.decode(values["transports"])
    return Passkey(**{**values, "backed_up": bool(values["backed_up"])})


def _values(passkey: Passkey) -> list[str | int | None]:
    values = [getattr(passkey, name) for name in _FIELDS]
    values[_FIELDS.index("transports")] = msgspec.json.encode(passkey.transports).decode()
    return [int(value) if isinstance(value, bool) else value for value in values]


def insert_passkey(tx: Transaction, passkey: Passkey) -> None:
    tx.execute(
        f"INSERT INTO passkeys ({_COLUMNS}) VALUES ({', '.join('?' * len(_FIELDS))})", _values(passkey)
    )


def update_passkey(tx: Transaction, passkey: Passkey) -> None:
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(f"UPDATE passkeys SET {settings} WHERE id = ?", [*_values(passkey)[1:], passkey.id])


def passkeys_of(tx: Transaction, user_id: str) -> list[Passkey]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM passkeys WHERE user_id = ? ORDER BY created_at, id", (user_id,))
    return [_passkey(row) for row in rows]


def passkey_by_credential(tx: Transaction, credential_id: str) -> Passkey | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM passkeys WHERE credential_id = ?", (credential_id,))
    return _passkey(row) if row else None


def delete_passkey(tx: Transaction, passkey_id: str) -> None:
    tx.execute("DELETE FROM passkeys WHERE id = ?", (passkey_id,))


def delete_passkeys_of(tx: Transaction, user_id: str) -> None:
    tx.execute("DELETE FROM passkeys WHERE user_id = ?", (user_id,))


# Challenges.


def spend_challenge(tx: Transaction, challenge_id: str, expires_at: int) -> bool:
    """Whether it was not answered before."""
    row = tx.one(
        "INSERT INTO spent_challenges (id, expires_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING RETURNING id",
        (challenge_id, expires_at),
    )
    return row is not None


def forget_challenges(tx: Transaction, now: int) -> None:
    tx.execute("DELETE FROM spent_challenges WHERE expires_at < ?", (now,))
