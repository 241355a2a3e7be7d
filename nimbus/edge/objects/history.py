"""Versions of one object: which there are, what one says and becomes, what differs between two."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from nimbus.db import Database, Transaction
from nimbus.edge.dialects import CLASSES
from nimbus.edge.objects import store
from nimbus.edge.objects.differences import FieldChange, field_changes, text_difference
from nimbus.edge.objects.kinds import Kind
from nimbus.edge.objects.preview import FileView, files_of
from nimbus.edge.objects.reading import decoded, version_of
from nimbus.edge.objects.records import EdgeObject, EdgeVersion, VersionNumber, VersionView
from nimbus.edge.objects.service import EdgeObjects
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import to_rfc3339
from nimbus.kernel.errors import NotFound, ValidationError, invalid
from nimbus.kernel.routing import PageQuery, Target

MAX_NUMBER = 2**31 - 1
# Of which class of nginx texts are compared.
COMPARED = "1.26"


class WholeVersion(VersionView, frozen=True, kw_only=True):
    """`spec`: what it says. `files`: what is made of it with what it uses now; `problem`: why that cannot be."""

    spec: Any
    files: tuple[FileView, ...]
    problem: str


class DifferenceQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`from` and `to` are numbers of versions: the current one for `to`, and the one before that for `from`."""

    since: VersionNumber | UnsetType = msgspec.field(name="from", default=UNSET)
    to: VersionNumber | UnsetType = UNSET


class VersionDifference(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is a unified diff of what is made of both, with what they use now; "" where they are alike."""

    since: int = msgspec.field(name="from")
    to: int
    changes: tuple[FieldChange, ...]
    text: str


class Histories:
    def __init__(self, kind: Kind, database: Database, objects: EdgeObjects) -> None:
        self._kind, self._database, self._objects = kind, database, objects

    async def versions(self, actor: Actor, target: Target, query: PageQuery) -> tuple[list[VersionView], int]:
        """The newest first."""

        def read(tx: Transaction) -> tuple[list[VersionView], int]:
            found = self._found(tx, actor, target)
            versions, total = store.select_versions(tx, found.id, query)
            return [_view(found, version) for version in versions], total

        return await self._database.read(read)

    async def version(self, actor: Actor, target: Target, number: str) -> WholeVersion:
        wanted = _number(number)

        def read(tx: Transaction) -> WholeVersion:
            found = self._found(tx, actor, target)
            version = version_of(tx, found.id, wanted)
            files, problem = self._files(tx, found, version)
            shown = msgspec.structs.asdict(_view(found, version))
            spec = msgspec.to_builtins(decoded(self._kind.name, version))
            return WholeVersion(**shown, spec=spec, files=files, problem=problem)

        return await self._database.read(read)

    async def difference(self, actor: Actor, target: Target, query: DifferenceQuery) -> VersionDifference:
        def read(tx: Transaction) -> VersionDifference:
            found = self._found(tx, actor, target)
            to = found.version if query.to is UNSET else query.to
            since = max(1, to - 1) if query.since is UNSET else query.since
            one, other = version_of(tx, found.id, since), version_of(tx, found.id, to)
            said = [msgspec.to_builtins(decoded(self._kind.name, version)) for version in (one, other)]
            texts = [self._text(tx, found, version) for version in (one, other)]
            names = f"{found.name} version {one.number}", f"{found.name} version {other.number}"
            return VersionDifference(
                since=one.number,
                to=other.number,
                changes=tuple(field_changes(said[0], said[1])),
                text=text_difference(texts[0], texts[1], names),
            )

        return await self._database.read(read)

    def _found(self, tx: Transaction, actor: Actor, target: Target) -> EdgeObject:
        return self._objects.resolve(tx, actor, Permission.CONFIG_READ, target)

    def _files(
        self, tx: Transaction, found: EdgeObject, version: EdgeVersion
    ) -> tuple[tuple[FileView, ...], str]:
        """None, and why, where something is gone that it used."""
        try:
            return files_of(tx, found.id, version.number, decoded(self._kind.name, version)), ""
        except (NotFound, ValidationError) as error:
            return (), error.message

    def _text(self, tx: Transaction, found: EdgeObject, version: EdgeVersion) -> str:
        files, problem = self._files(tx, found, version)
        return next((file.text for file in files if COMPARED in file.nginx), f"# {problem}\n")


def _view(found: EdgeObject, version: EdgeVersion) -> VersionView:
    return VersionView(
        version=version.number,
        current=version.number == found.version,
        sha256=version.sha256,
        summary=version.summary,
        restored_from=version.restored_from,
        created_by=version.created_by,
        created_at=to_rfc3339(version.created_at),
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= MAX_NUMBER):
        raise invalid("version", f"{text!r} is no number of a version")
    return int(text)


assert COMPARED in CLASSES
