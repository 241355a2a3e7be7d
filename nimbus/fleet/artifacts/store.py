"""SQL of artifacts and uploads."""

from __future__ import annotations

from collections.abc import Collection

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.artifacts.records import Artifact, ArtifactQuery, Cpu, Damage, Upload, UploadQuery
from nimbus.fleet.artifacts.rules import parts_of

_CONTENT = ("name", "version", "cpu", "size", "sha256", "content_type", "description", "labels")
_ARTIFACT = ("id", "workspace_id", *_CONTENT, "created_by", "created_at", "updated_at", "revision", "damage")
_UPLOAD = ("id", "workspace_id", *_CONTENT, "created_by", "created_at", "touched_at")
_ARTIFACT_COLUMNS, _UPLOAD_COLUMNS = ", ".join(_ARTIFACT), ", ".join(_UPLOAD)
_SORTABLE = {name: name for name in ArtifactQuery.SORTS} | {"name": natural("name")}
_SAME = "workspace_id = ? AND name = ? AND version = ? AND cpu = ?"


def _artifact(row: Row) -> Artifact:
    values = {name: row[name] for name in _ARTIFACT}
    kinds = {"cpu": Cpu(row["cpu"]), "damage": Damage(row["damage"]), "labels": labels_of(row["labels"])}
    return Artifact(**{**values, **kinds})


def _upload(row: Row) -> Upload:
    values = {name: row[name] for name in _UPLOAD}
    return Upload(**{**values, "cpu": Cpu(row["cpu"]), "labels": labels_of(row["labels"])})


def _values(of: Artifact | Upload, names: tuple[str, ...]) -> list[str | int]:
    return [labels_text(of.labels) if name == "labels" else getattr(of, name) for name in names]


def insert(tx: Transaction, artifact: Artifact) -> None:
    tx.execute(
        f"INSERT INTO artifacts ({_ARTIFACT_COLUMNS}) VALUES ({placeholders(len(_ARTIFACT))})",
        _values(artifact, _ARTIFACT),
    )


def update(tx: Transaction, artifact: Artifact) -> None:
    tx.execute(
        "UPDATE artifacts SET description = ?, labels = ?, updated_at = ?, revision = ? WHERE id = ?",
        (
            artifact.description,
            labels_text(artifact.labels),
            artifact.updated_at,
            artifact.revision,
            artifact.id,
        ),
    )


def set_damage(tx: Transaction, sha256: str, damage: Damage) -> int:
    """Of all that have this content; of how many that is news."""
    return tx.execute(
        "UPDATE artifacts SET damage = ? WHERE sha256 = ? AND damage <> ?", (damage, sha256, damage)
    )


def delete(tx: Transaction, artifact_id: str) -> None:
    tx.execute("DELETE FROM artifacts WHERE id = ?", (artifact_id,))


def get(tx: Transaction, artifact_id: str) -> Artifact | None:
    row = tx.one(f"SELECT {_ARTIFACT_COLUMNS} FROM artifacts WHERE id = ?", (artifact_id,))
    return _artifact(row) if row else None


def same(tx: Transaction, of: Artifact | Upload) -> Artifact | None:
    """The artifact of the same workspace, name, version and CPU."""
    row = tx.one(
        f"SELECT {_ARTIFACT_COLUMNS} FROM artifacts WHERE {_SAME}",
        (of.workspace_id, of.name, of.version, of.cpu),
    )
    return _artifact(row) if row else None


def find_in(tx: Transaction, reference: str, workspaces: Collection[str] | None) -> list[Artifact]:
    """Those that NAME[:VERSION[:CPU]] stands for in these workspaces; None: in all."""
    name, version, cpu = parts_of(reference)
    selection = Selection().equal("name", name).equal("version", version).equal("cpu", cpu)
    selection.within("workspace_id", workspaces)
    return [
        _artifact(row) for row in selection.first(tx, _ARTIFACT_COLUMNS, "artifacts", order="id", limit=10)
    ]


def with_content(tx: Transaction, workspace_id: str, sha256: str) -> Artifact | None:
    row = tx.one(
        f"SELECT {_ARTIFACT_COLUMNS} FROM artifacts WHERE sha256 = ? AND workspace_id = ? ORDER BY id LIMIT 1",
        (sha256, workspace_id),
    )
    return _artifact(row) if row else None


def select(
    tx: Transaction, query: ArtifactQuery, workspaces: Collection[str] | None
) -> tuple[list[Artifact], int]:
    """One page, by name, of these workspaces (None: all), and how many there are in all."""
    selection = Selection().within("workspace_id", workspaces).equal("cpu", query.cpu)
    selection.equal("name", query.name.lower() if query.name else None).labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _ARTIFACT_COLUMNS,
        "artifacts",
        order=query.order,
        sortable=_SORTABLE,
        default=by_name("name", "created_at DESC", "id"),
        limit=query.per_page,
        offset=query.offset,
    )
    return [_artifact(row) for row in rows], total


def in_workspace(tx: Transaction, workspace_id: str) -> list[Artifact]:
    rows = tx.all(
        f"SELECT {_ARTIFACT_COLUMNS} FROM artifacts WHERE workspace_id = ? ORDER BY name, id", (workspace_id,)
    )
    return [_artifact(row) for row in rows]


def contents(tx: Transaction) -> dict[str, tuple[int, Damage]]:
    """Sum to size and damage of every content that a row names."""
    rows = tx.all("SELECT sha256, MAX(size) AS size, MAX(damage) AS damage FROM artifacts GROUP BY sha256")
    return {row["sha256"]: (row["size"], Damage(row["damage"])) for row in rows}


def is_named(tx: Transaction, sha256: str) -> bool:
    return tx.one("SELECT 1 FROM artifacts WHERE sha256 = ? LIMIT 1", (sha256,)) is not None


def bytes_held(tx: Transaction) -> int:
    """What artifacts take, and what uploads will have taken: the same content once."""
    kept = "SELECT sha256, MAX(size) AS size FROM artifacts GROUP BY sha256"
    held = tx.value(f"SELECT COALESCE(SUM(size), 0) FROM ({kept}) AS kept")
    return int(held) + int(tx.value("SELECT COALESCE(SUM(size), 0) FROM artifact_uploads"))


# Uploads.


def insert_upload(tx: Transaction, upload: Upload) -> None:
    tx.execute(
        f"INSERT INTO artifact_uploads ({_UPLOAD_COLUMNS}) VALUES ({placeholders(len(_UPLOAD))})",
        _values(upload, _UPLOAD),
    )


def upload(tx: Transaction, upload_id: str) -> Upload | None:
    row = tx.one(f"SELECT {_UPLOAD_COLUMNS} FROM artifact_uploads WHERE id = ?", (upload_id,))
    return _upload(row) if row else None


def same_upload(tx: Transaction, of: Upload) -> Upload | None:
    """One of the same workspace, name, version, CPU and content."""
    row = tx.one(
        f"SELECT {_UPLOAD_COLUMNS} FROM artifact_uploads WHERE {_SAME} AND sha256 = ? AND size = ?",
        (of.workspace_id, of.name, of.version, of.cpu, of.sha256, of.size),
    )
    return _upload(row) if row else None


def select_uploads(
    tx: Transaction, query: UploadQuery, workspaces: Collection[str] | None
) -> tuple[list[Upload], int]:
    rows, total = (
        Selection()
        .within("workspace_id", workspaces)
        .page(
            tx,
            _UPLOAD_COLUMNS,
            "artifact_uploads",
            order=query.order,
            sortable={},
            default="created_at DESC, id",
            limit=query.per_page,
            offset=query.offset,
        )
    )
    return [_upload(row) for row in rows], total


def uploads_in_workspace(tx: Transaction, workspace_id: str) -> list[Upload]:
    rows = tx.all(f"SELECT {_UPLOAD_COLUMNS} FROM artifact_uploads WHERE workspace_id = ?", (workspace_id,))
    return [_upload(row) for row in rows]


def upload_ids(tx: Transaction) -> set[str]:
    return {row["id"] for row in tx.all("SELECT id FROM artifact_uploads")}


def touch_upload(tx: Transaction, upload_id: str, at: int) -> None:
    tx.execute("UPDATE artifact_uploads SET touched_at = ? WHERE id = ?", (at, upload_id))


def delete_upload(tx: Transaction, upload_id: str) -> int:
    return tx.execute("DELETE FROM artifact_uploads WHERE id = ?", (upload_id,))
