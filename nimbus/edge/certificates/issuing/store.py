"""SQL of accounts and orders."""

from __future__ import annotations

import json
from collections.abc import Sequence

from nimbus.db import Transaction
from nimbus.db.transaction import Row, placeholders
from nimbus.edge.certificates.issuing.records import Account, Issuance

_FIELDS = Issuance.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_LISTS = ("domains", "tokens")
_ACCOUNT_FIELDS = Account.__struct_fields__
_ACCOUNT_COLUMNS = ", ".join(_ACCOUNT_FIELDS)


def _issuance(row: Row) -> Issuance:
    values = {name: row[name] for name in _FIELDS}
    return Issuance(**{**values, **{name: tuple(json.loads(values[name])) for name in _LISTS}})


def _values(issuance: Issuance) -> list[str | int]:
    values = {name: getattr(issuance, name) for name in _FIELDS}
    return list({**values, **{name: json.dumps(values[name]) for name in _LISTS}}.values())


def insert(tx: Transaction, issuance: Issuance) -> None:
    tx.execute(
        f"INSERT INTO certificate_issuances ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})",
        _values(issuance),
    )


def update(tx: Transaction, issuance: Issuance) -> None:
    """Nothing where it is gone."""
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(
        f"UPDATE certificate_issuances SET {settings} WHERE certificate_id = ?",
        [*_values(issuance)[1:], issuance.certificate_id],
    )


def delete(tx: Transaction, certificate_id: str) -> None:
    tx.execute("DELETE FROM certificate_issuances WHERE certificate_id = ?", (certificate_id,))


def get(tx: Transaction, certificate_id: str) -> Issuance | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM certificate_issuances WHERE certificate_id = ?", (certificate_id,))
    return _issuance(row) if row else None


def of(tx: Transaction, certificate_ids: Sequence[str]) -> dict[str, Issuance]:
    if not certificate_ids:
        return {}
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM certificate_issuances"
        f" WHERE certificate_id IN ({placeholders(len(certificate_ids))})",
        list(certificate_ids),
    )
    return {row["certificate_id"]: _issuance(row) for row in rows}


def due(tx: Transaction, now: int, limit: int) -> list[Issuance]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM certificate_issuances WHERE next_at <= ?"
        " ORDER BY next_at, certificate_id LIMIT ?",
        (now, limit),
    )
    return [_issuance(row) for row in rows]


# Accounts.


def insert_account(tx: Transaction, account: Account) -> None:
    tx.execute(
        f"INSERT INTO acme_accounts ({_ACCOUNT_COLUMNS}) VALUES ({placeholders(len(_ACCOUNT_FIELDS))})",
        [getattr(account, name) for name in _ACCOUNT_FIELDS],
    )


def account(tx: Transaction, account_id: str) -> Account | None:
    row = tx.one(f"SELECT {_ACCOUNT_COLUMNS} FROM acme_accounts WHERE id = ?", (account_id,))
    return Account(**{name: row[name] for name in _ACCOUNT_FIELDS}) if row else None


def find_account(tx: Transaction, directory: str, external_key_id: str) -> Account | None:
    row = tx.one(
        f"SELECT {_ACCOUNT_COLUMNS} FROM acme_accounts WHERE directory = ? AND external_key_id = ?",
        (directory, external_key_id),
    )
    return Account(**{name: row[name] for name in _ACCOUNT_FIELDS}) if row else None


def set_account_uri(tx: Transaction, account_id: str, uri: str) -> None:
    tx.execute("UPDATE acme_accounts SET uri = ? WHERE id = ?", (uri, account_id))


def delete_account(tx: Transaction, account_id: str) -> None:
    tx.execute("DELETE FROM acme_accounts WHERE id = ?", (account_id,))
