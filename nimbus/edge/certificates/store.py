"""SQL of certificates and their versions."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.edge.certificates.issuing import store as issuances
from nimbus.edge.certificates.records import Certificate, CertificateQuery, CertificateVersion

_FIELDS = Certificate.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_VERSION_FIELDS = CertificateVersion.__struct_fields__
_VERSION_COLUMNS = ", ".join(_VERSION_FIELDS)
_SORTABLE = {name: name for name in CertificateQuery.SORTS} | {"name": natural("name")}


def _certificate(row: Row) -> Certificate:
    values = {name: row[name] for name in _FIELDS}
    return Certificate(**{**values, "labels": labels_of(row["labels"])})


def _version(row: Row) -> CertificateVersion:
    values = {name: row[name] for name in _VERSION_FIELDS}
    return CertificateVersion(**{**values, "names": tuple(json.loads(row["names"]))})


def _values(certificate: Certificate) -> list[str | int | None]:
    values = [getattr(certificate, name) for name in _FIELDS]
    values[_FIELDS.index("labels")] = labels_text(certificate.labels)
    return values


def insert(tx: Transaction, certificate: Certificate) -> None:
    tx.execute(
        f"INSERT INTO certificates ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})", _values(certificate)
    )


def update(tx: Transaction, certificate: Certificate) -> None:
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(
        f"UPDATE certificates SET {settings} WHERE id = ?", [*_values(certificate)[1:], certificate.id]
    )


def delete(tx: Transaction, certificate_id: str) -> None:
    issuances.delete(tx, certificate_id)
    tx.execute("DELETE FROM certificate_versions WHERE certificate_id = ?", (certificate_id,))
    tx.execute("DELETE FROM certificates WHERE id = ?", (certificate_id,))


def get(tx: Transaction, certificate_id: str) -> Certificate | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM certificates WHERE id = ?", (certificate_id,))
    return _certificate(row) if row else None


def find(tx: Transaction, workspace_id: str, name: str) -> Certificate | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM certificates WHERE workspace_id = ? AND name = ?", (workspace_id, name)
    )
    return _certificate(row) if row else None


def find_in(tx: Transaction, name: str, workspaces: Collection[str] | None) -> list[Certificate]:
    """Those of this name in these workspaces; None: in all."""
    selection = Selection().equal("name", name).within("workspace_id", workspaces)
    return [_certificate(row) for row in selection.first(tx, _COLUMNS, "certificates", order="id", limit=10)]


def select(
    tx: Transaction, query: CertificateQuery, *, workspaces: Collection[str] | None
) -> tuple[list[Certificate], int]:
    """One page, by name, of those in these workspaces (None: all), and how many there are in all."""
    selection = Selection().within("workspace_id", workspaces)
    selection.equal("name", query.name.lower() if query.name else None)
    selection.labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "certificates",
        order=query.order,
        sortable=_SORTABLE,
        default=by_name("name", "id"),
        limit=query.per_page,
        offset=query.offset,
    )
    return [_certificate(row) for row in rows], total


def in_workspace(tx: Transaction, workspace_id: str) -> list[Certificate]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM certificates WHERE workspace_id = ? ORDER BY name", (workspace_id,)
    )
    return [_certificate(row) for row in rows]


def ending(tx: Transaction, before: int) -> list[Certificate]:
    """Whose current version ends before this time, in epoch microseconds."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM certificates WHERE not_after <= ? AND version > 0 ORDER BY id", (before,)
    )
    return [_certificate(row) for row in rows]


# Versions.


def insert_version(tx: Transaction, version: CertificateVersion, *, kept: int) -> None:
    """Of older ones the newest are kept, so that there are `kept` in all."""
    values = [getattr(version, name) for name in _VERSION_FIELDS]
    values[_VERSION_FIELDS.index("names")] = json.dumps(version.names)
    tx.execute(
        f"INSERT INTO certificate_versions ({_VERSION_COLUMNS})"
        f" VALUES ({placeholders(len(_VERSION_FIELDS))})",
        values,
    )
    tx.execute(
        "DELETE FROM certificate_versions WHERE certificate_id = ? AND number <= ?",
        (version.certificate_id, version.number - kept),
    )


def version(tx: Transaction, certificate_id: str, number: int) -> CertificateVersion | None:
    row = tx.one(
        f"SELECT {_VERSION_COLUMNS} FROM certificate_versions WHERE certificate_id = ? AND number = ?",
        (certificate_id, number),
    )
    return _version(row) if row else None


def versions(tx: Transaction, certificate_id: str) -> list[CertificateVersion]:
    """The newest first."""
    rows = tx.all(
        f"SELECT {_VERSION_COLUMNS} FROM certificate_versions WHERE certificate_id = ? ORDER BY number DESC",
        (certificate_id,),
    )
    return [_version(row) for row in rows]


def current_versions(tx: Transaction, certificates: Sequence[Certificate]) -> dict[str, CertificateVersion]:
    """Of each, by its id."""
    if not certificates:
        return {}
    columns = ", ".join(f"certificate_versions.{name} AS {name}" for name in _VERSION_FIELDS)
    rows = tx.all(
        f"SELECT {columns} FROM certificate_versions JOIN certificates"
        " ON certificates.id = certificate_versions.certificate_id"
        " AND certificates.version = certificate_versions.number"
        f" WHERE certificates.id IN ({placeholders(len(certificates))})",
        [certificate.id for certificate in certificates],
    )
    return {row["certificate_id"]: _version(row) for row in rows}
