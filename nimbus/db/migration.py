"""Migrations: frozen, numbered SQL files of an engine, and what a database that knows others of them can be."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from importlib import resources

import msgspec

from nimbus.protocol.errors import NimbusError

log = logging.getLogger("nimbus.db")
# In the name of a copy that was made before migrations.
BEFORE_MIGRATION = "-before-migration-"
_OLDEST = re.compile(r"^-- oldest: (\d+)$", re.MULTILINE)


class Migration(msgspec.Struct, frozen=True):
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def oldest(self) -> int:
        """The schema that an executable has to know, at least, to run on a database with this migration: as a line
        `-- oldest: 15` says, else this one."""
        said = _OLDEST.search(self.sql)
        return int(said[1]) if said else self.version


class Applied(msgspec.Struct, frozen=True):
    """A line of the database's own list of migrations."""

    checksum: str
    oldest: int


class DatabaseTooNew(NimbusError):
    code = "DATABASE_TOO_NEW"


class DatabaseUnusable(NimbusError):
    code = "DATABASE_UNUSABLE"


def read_migrations(package: str) -> list[Migration]:
    """All migrations of an engine in this executable, in order."""
    folder = resources.files(package) / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [Migration(int(f.name[:4]), f.name[5:-4], f.read_text("utf-8")) for f in files]


def pending(known: Sequence[Migration], applied: Mapping[int, Applied], place: str) -> list[Migration]:
    """What is to be applied to the database at `place`. Raises DatabaseTooNew, DatabaseUnusable."""
    newest = max((migration.version for migration in known), default=0)
    if applied and max(applied) > newest:
        _check_can_run(applied, newest, place)
    for migration in known:
        there = applied.get(migration.version)
        if there is not None and there.checksum != migration.checksum:
            raise DatabaseUnusable(
                f"migration {migration.version} of {place} is not the one of this executable"
            )
    return [migration for migration in known if migration.version not in applied]


def _check_can_run(applied: Mapping[int, Applied], knows: int, place: str) -> None:
    """An older executable on a newer database, after an upgrade that is taken back: each migration says since
    when it can. Raises DatabaseTooNew."""
    newest = max(applied)
    if max(line.oldest for version, line in applied.items() if version > knows) > knows:
        raise DatabaseTooNew(
            f"{place} was written by a newer Nimbus (schema {newest}, this one knows {knows})",
            next_step="Start the newer executable, or restore the backup made before the upgrade.",
        )
    log.warning("%s was written by a newer Nimbus (schema %d); this one can run on it", place, newest)
