"""SQL of certificates and session keys: what nodes show of themselves."""

from __future__ import annotations

from collections.abc import Sequence

from nimbus.db import Transaction
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.nodes.records import CertificateRow, KeyRole, KnownCertificate, SessionKeyRow
from nimbus.trust.pki.revocations import Revocation


def certificate_ends(tx: Transaction, before: int) -> dict[str, int]:
    """Node id to when its last certificate ends, where that is before."""
    rows = tx.all(
        "SELECT node_id, MAX(expires_at) AS ends FROM node_certificates WHERE revoked_at IS NULL"
        " GROUP BY node_id HAVING MAX(expires_at) < ?",
        (before,),
    )
    return {row["node_id"]: row["ends"] for row in rows}


def insert_certificate(tx: Transaction, row: CertificateRow) -> None:
    tx.execute(
        "INSERT INTO node_certificates (serial, node_id, issued_at, expires_at, fingerprint)"
        " VALUES (?, ?, ?, ?, ?)",
        (row.serial, row.node_id, row.issued_at, row.expires_at, row.fingerprint),
    )


def certificates_of(tx: Transaction, node_id: str) -> list[CertificateRow]:
    """Those that were not revoked, newest first."""
    rows = tx.all(
        "SELECT serial, node_id, issued_at, expires_at, fingerprint FROM node_certificates"
        " WHERE node_id = ? AND revoked_at IS NULL ORDER BY issued_at DESC, serial",
        (node_id,),
    )
    return [CertificateRow(*row) for row in rows]


def certificates_before(tx: Transaction, moment: int) -> list[CertificateRow]:
    """Those that were issued before, and not revoked."""
    rows = tx.all(
        "SELECT serial, node_id, issued_at, expires_at, fingerprint FROM node_certificates"
        " WHERE issued_at < ? AND revoked_at IS NULL ORDER BY serial",
        (moment,),
    )
    return [CertificateRow(*row) for row in rows]


def revoke_certificates(tx: Transaction, node_id: str, at: int, *, keep_serial: str = "") -> None:
    tx.execute(
        "UPDATE node_certificates SET revoked_at = ? WHERE node_id = ? AND serial <> ? AND revoked_at IS NULL",
        (at, node_id, keep_serial),
    )


def revoke_certificate(tx: Transaction, serial: str, at: int) -> None:
    tx.execute("UPDATE node_certificates SET revoked_at = ? WHERE serial = ?", (at, serial))


_KNOWN = "serial, node_id, expires_at, revoked_at IS NOT NULL"


def known_certificates(tx: Transaction) -> list[KnownCertificate]:
    """All of them. Not by date: the clock may be wrong, and TLS looks at the dates."""
    return [
        KnownCertificate(row[0], row[1], row[2], bool(row[3]))
        for row in tx.all(f"SELECT {_KNOWN} FROM node_certificates")
    ]


def has_certificates(tx: Transaction) -> bool:
    """Whether the CA has vouched for any node that is still remembered."""
    return tx.one("SELECT 1 FROM node_certificates LIMIT 1") is not None


def certificate(tx: Transaction, serial: str) -> KnownCertificate | None:
    row = tx.one(f"SELECT {_KNOWN} FROM node_certificates WHERE serial = ?", (serial,))
    return KnownCertificate(row[0], row[1], row[2], bool(row[3])) if row else None


def newest_issue(tx: Transaction, node_id: str) -> int:
    """When the newest certificate of a node was issued, revoked ones included; 0 without any."""
    moment: int | None = tx.value(
        "SELECT MAX(issued_at) FROM node_certificates WHERE node_id = ?", (node_id,)
    )
    return moment or 0


def revoked_credentials(tx: Transaction) -> list[Revocation]:
    """Certificates that were revoked, and session keys of nodes that were deleted."""
    certificates = tx.all(
        "SELECT serial, node_id, expires_at / 1000000 FROM node_certificates WHERE revoked_at IS NOT NULL"
    )
    keys = tx.all(
        "SELECT node_session_keys.id, node_id, 0 FROM node_session_keys JOIN nodes ON nodes.id = node_id"
        " WHERE deleted_at IS NOT NULL"
    )
    return [Revocation(*row) for row in (*certificates, *keys)]


def revoke_listed(tx: Transaction, credentials: Sequence[str], at: int) -> dict[str, list[str]]:
    """End those of them that are believed to be good; which they were, by node."""
    ended: dict[str, list[str]] = {}
    for first in range(0, len(credentials), 500):
        some = credentials[first : first + 500]
        within = f"IN ({placeholders(len(some))})"
        rows = tx.all(
            f"SELECT node_id, serial FROM node_certificates WHERE revoked_at IS NULL AND serial {within}"
            f" UNION ALL SELECT node_id, id FROM node_session_keys WHERE ended_at IS NULL AND id {within}",
            (*some, *some),
        )
        for node_id, credential in rows:
            ended.setdefault(node_id, []).append(credential)
        if rows:
            tx.execute(
                f"UPDATE node_certificates SET revoked_at = ? WHERE revoked_at IS NULL AND serial {within}",
                (at, *some),
            )
            tx.execute(
                "UPDATE node_session_keys SET ended_at = ?, sealed_secret = '' WHERE ended_at IS NULL"
                f" AND id {within}",
                (at, *some),
            )
    return ended


_KEY_COLUMNS = "id, node_id, role, sealed_secret, created_at"


def _session_key(row: Row) -> SessionKeyRow:
    return SessionKeyRow(
        id=row["id"],
        node_id=row["node_id"],
        role=KeyRole(row["role"]),
        sealed_secret=row["sealed_secret"],
        created_at=row["created_at"],
    )


def insert_session_key(tx: Transaction, key: SessionKeyRow) -> None:
    tx.execute(
        f"INSERT INTO node_session_keys ({_KEY_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        (key.id, key.node_id, key.role, key.sealed_secret, key.created_at),
    )


def session_keys(tx: Transaction, node_id: str) -> tuple[SessionKeyRow, ...]:
    """Those that have not ended, the primary first."""
    rows = tx.all(
        f"SELECT {_KEY_COLUMNS} FROM node_session_keys WHERE node_id = ? AND ended_at IS NULL ORDER BY role",
        (node_id,),
    )
    return tuple(_session_key(row) for row in rows)


def session_key(tx: Transaction, key_id: str) -> SessionKeyRow | None:
    """None of one that has ended."""
    row = tx.one(f"SELECT {_KEY_COLUMNS} FROM node_session_keys WHERE id = ? AND ended_at IS NULL", (key_id,))
    return _session_key(row) if row else None


def all_session_keys(tx: Transaction) -> list[SessionKeyRow]:
    rows = tx.all(f"SELECT {_KEY_COLUMNS} FROM node_session_keys WHERE ended_at IS NULL")
    return [_session_key(row) for row in rows]


def ended_session_keys(tx: Transaction) -> list[str]:
    return [row["id"] for row in tx.all("SELECT id FROM node_session_keys WHERE ended_at IS NOT NULL")]


def rotating(tx: Transaction) -> frozenset[str]:
    """Ids of the nodes that have not used their new key yet."""
    rows = tx.all(
        "SELECT node_id FROM node_session_keys WHERE role = ? AND ended_at IS NULL", (KeyRole.SECONDARY,)
    )
    return frozenset(row["node_id"] for row in rows)


def end_session_keys(tx: Transaction, node_id: str, at: int, *, keep: str = "") -> None:
    """The secrets go with them: nothing is left to sign with."""
    tx.execute(
        "UPDATE node_session_keys SET ended_at = ?, sealed_secret = '' WHERE node_id = ? AND id <> ?"
        " AND ended_at IS NULL",
        (at, node_id, keep),
    )


def promote_session_key(tx: Transaction, key_id: str, at: int) -> None:
    tx.execute(
        "UPDATE node_session_keys SET role = ?, used_at = COALESCE(used_at, ?) WHERE id = ?",
        (KeyRole.PRIMARY, at, key_id),
    )
