"""SQL of objects of the edge, their versions, what these use and which names they answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection, contains
from nimbus.db.transaction import Row, placeholders
from nimbus.edge.objects.records import (
    EdgeObject,
    EdgeVersion,
    HostPort,
    ObjectKind,
    ObjectQuery,
    Reference,
    Use,
    VirtualHostQuery,
)
from nimbus.kernel.routing import PageQuery

_FIELDS = (
    "id",
    "kind",
    "workspace_id",
    "name",
    "description",
    "labels",
    "version",
    "created_by",
    "created_at",
    "updated_by",
    "updated_at",
    "revision",
)
_COLUMNS = ", ".join(_FIELDS)
_VERSION_FIELDS = (
    "object_id",
    "number",
    "spec",
    "sha256",
    "summary",
    "restored_from",
    "created_by",
    "created_at",
)
_VERSION_COLUMNS = ", ".join(_VERSION_FIELDS)
# Parameters that one statement has at most.
_BATCH = 500
_EVERY = 2**31


def _object(row: Row) -> EdgeObject:
    values = {name: row[name] for name in _FIELDS}
    return EdgeObject(**{**values, "kind": ObjectKind(row["kind"]), "labels": labels_of(row["labels"])})


def _values(found: EdgeObject) -> list[str | int | None]:
    values = [getattr(found, name) for name in _FIELDS]
    values[_FIELDS.index("kind")] = found.kind.value
    values[_FIELDS.index("labels")] = labels_text(found.labels)
    return values


def _version(row: Row) -> EdgeVersion:
    return EdgeVersion(**{name: row[name] for name in _VERSION_FIELDS})


def insert(tx: Transaction, found: EdgeObject) -> None:
    tx.execute(f"INSERT INTO edge_objects ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})", _values(found))


def update(tx: Transaction, found: EdgeObject) -> None:
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(f"UPDATE edge_objects SET {settings} WHERE id = ?", [*_values(found)[1:], found.id])


def delete(tx: Transaction, object_id: str) -> None:
    for table in ("edge_host_names", "edge_references", "edge_versions"):
        tx.execute(f"DELETE FROM {table} WHERE object_id = ?", (object_id,))
    tx.execute("DELETE FROM edge_objects WHERE id = ?", (object_id,))


def get(tx: Transaction, kind: ObjectKind, object_id: str) -> EdgeObject | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM edge_objects WHERE id = ? AND kind = ?", (object_id, kind.value))
    return _object(row) if row else None


def find(tx: Transaction, kind: ObjectKind, workspace_id: str, name: str) -> EdgeObject | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM edge_objects WHERE workspace_id = ? AND kind = ? AND name = ?",
        (workspace_id, kind.value, name),
    )
    return _object(row) if row else None


def find_in(
    tx: Transaction, kind: ObjectKind, name: str, workspaces: Collection[str] | None
) -> list[EdgeObject]:
    """Those of this name in these workspaces; None: in all."""
    selection = Selection().equal("kind", kind.value).equal("name", name).within("workspace_id", workspaces)
    return [_object(row) for row in selection.first(tx, _COLUMNS, "edge_objects", order="id", limit=10)]


def names(tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
    """Id to name, of those that are there."""
    found: dict[str, str] = {}
    for part in _batches(ids):
        rows = tx.all(f"SELECT id, name FROM edge_objects WHERE id IN ({placeholders(len(part))})", part)
        found |= {row["id"]: row["name"] for row in rows}
    return found


_SORTABLE = {name: name for name in ObjectQuery.SORTS} | {"name": natural("name")}


def select(
    tx: Transaction,
    kind: ObjectKind,
    query: ObjectQuery,
    *,
    workspaces: Collection[str] | None,
    limit: int,
    offset: int,
) -> tuple[list[EdgeObject], int]:
    """One page, by name, of those in these workspaces (None: all), and how many there are in all."""
    selection = Selection().equal("kind", kind.value).within("workspace_id", workspaces)
    selection.equal("name", query.name.lower() if query.name else None)
    selection.labelled("labels", query.label)
    if query.search:
        selection.where(*contains(("name", "description"), query.search))
    if query.uses:
        selection.where("id IN (SELECT object_id FROM edge_references WHERE reference_id = ?)", query.uses)
    if isinstance(query, VirtualHostQuery) and query.server_name:
        selection.where("id IN (SELECT object_id FROM edge_host_names WHERE name = ?)", query.server_name)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "edge_objects",
        order=query.order,
        sortable=_SORTABLE,
        default=by_name("name", "id"),
        limit=limit,
        offset=offset,
    )
    return [_object(row) for row in rows], total


def in_workspaces(
    tx: Transaction, workspaces: Collection[str] | None, kind: ObjectKind | None = None
) -> list[EdgeObject]:
    """All, by workspace, kind and name; of workspaces None: of all."""
    selection = Selection().within("workspace_id", workspaces).equal("kind", kind.value if kind else None)
    order = "workspace_id, kind, name"
    return [_object(row) for row in selection.first(tx, _COLUMNS, "edge_objects", order=order, limit=_EVERY)]


# Versions.


def insert_version(tx: Transaction, version: EdgeVersion) -> None:
    tx.execute(
        f"INSERT INTO edge_versions ({_VERSION_COLUMNS}) VALUES ({placeholders(len(_VERSION_FIELDS))})",
        [getattr(version, name) for name in _VERSION_FIELDS],
    )


def version(tx: Transaction, object_id: str, number: int) -> EdgeVersion | None:
    row = tx.one(
        f"SELECT {_VERSION_COLUMNS} FROM edge_versions WHERE object_id = ? AND number = ?",
        (object_id, number),
    )
    return _version(row) if row else None


def current_versions(tx: Transaction, ids: Iterable[str]) -> dict[str, EdgeVersion]:
    """By the id of the object."""
    found: dict[str, EdgeVersion] = {}
    columns = ", ".join(f"edge_versions.{name} AS {name}" for name in _VERSION_FIELDS)
    for part in _batches(ids):
        rows = tx.all(
            f"SELECT {columns} FROM edge_objects JOIN edge_versions ON object_id = id AND number = version"
            f" WHERE id IN ({placeholders(len(part))})",
            part,
        )
        found |= {row["object_id"]: _version(row) for row in rows}
    return found


def select_versions(tx: Transaction, object_id: str, query: PageQuery) -> tuple[list[EdgeVersion], int]:
    """One page, the newest first, and how many there are in all."""
    rows, total = (
        Selection()
        .equal("object_id", object_id)
        .page(
            tx,
            _VERSION_COLUMNS,
            "edge_versions",
            order=(),
            sortable={},
            default="number DESC",
            limit=query.per_page,
            offset=query.offset,
        )
    )
    return [_version(row) for row in rows], total


# What current versions use.


def set_references(tx: Transaction, object_id: str, references: Sequence[Reference]) -> None:
    """Instead of those that there were."""
    tx.execute("DELETE FROM edge_references WHERE object_id = ?", (object_id,))
    for reference in references:
        tx.execute(
            "INSERT INTO edge_references (object_id, field, kind, reference_id) VALUES (?, ?, ?, ?)",
            (object_id, reference.field, reference.kind, reference.id),
        )


def references(tx: Transaction, ids: Iterable[str]) -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {}
    for part in _batches(ids):
        rows = tx.all(
            "SELECT object_id, field, kind, reference_id FROM edge_references"
            f" WHERE object_id IN ({placeholders(len(part))}) ORDER BY object_id, field",
            part,
        )
        for row in rows:
            reference = Reference(row["field"], row["kind"], row["reference_id"])
            found.setdefault(row["object_id"], []).append(reference)
    return found


def uses(tx: Transaction, ids: Iterable[str]) -> dict[str, list[Use]]:
    """Which objects use each of these."""
    found: dict[str, list[Use]] = {}
    for part in _batches(ids):
        rows = tx.all(
            "SELECT edge_references.reference_id AS used, edge_objects.kind AS kind, edge_objects.id AS id,"
            " edge_objects.name AS name, edge_references.field AS field FROM edge_references"
            " JOIN edge_objects ON edge_objects.id = edge_references.object_id"
            f" WHERE edge_references.reference_id IN ({placeholders(len(part))})"
            " ORDER BY edge_objects.name, edge_references.field",
            part,
        )
        for row in rows:
            use = Use(row["kind"], row["id"], row["name"], row["field"])
            found.setdefault(row["used"], []).append(use)
    return found


# Names that virtual hosts answer.


def set_host_names(tx: Transaction, found: EdgeObject, names: Sequence[HostPort]) -> None:
    """Instead of those that there were."""
    tx.execute("DELETE FROM edge_host_names WHERE object_id = ?", (found.id,))
    for host in names:
        tx.execute(
            "INSERT INTO edge_host_names (workspace_id, name, port, object_id) VALUES (?, ?, ?, ?)",
            (found.workspace_id, host.name, host.port, found.id),
        )


def answered_by_others(
    tx: Transaction, workspace_id: str, object_id: str, names: Sequence[HostPort]
) -> list[tuple[HostPort, str]]:
    """Which of these names and ports another virtual host of the workspace answers, and its name."""
    wanted = set(names)
    found: list[tuple[HostPort, str]] = []
    for part in _batches(dict.fromkeys(host.name for host in names)):
        rows = tx.all(
            "SELECT edge_host_names.name AS name, port, edge_objects.name AS other FROM edge_host_names"
            " JOIN edge_objects ON edge_objects.id = object_id WHERE edge_host_names.workspace_id = ?"
            f" AND object_id <> ? AND edge_host_names.name IN ({placeholders(len(part))})"
            " ORDER BY edge_host_names.name, port",
            [workspace_id, object_id, *part],
        )
        found += [
            (HostPort(row["name"], row["port"]), row["other"])
            for row in rows
            if HostPort(row["name"], row["port"]) in wanted
        ]
    return found


def _batches(ids: Iterable[str]) -> list[list[str]]:
    listed = list(ids)
    return [listed[start : start + _BATCH] for start in range(0, len(listed), _BATCH)]
