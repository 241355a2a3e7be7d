"""Secrets and their master keys on a real database and a real key file, without listeners."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Database, Transaction
from nimbus.db.sealed_columns import usage
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.people.organizations.records import Workspace
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.service import AuditLog
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.opening import open_keyring
from nimbus.trust.secrets.records import SecretRequest, SecretView
from nimbus.trust.secrets.reencryption import Reencryption
from nimbus.trust.secrets.rotation import MasterKeys
from nimbus.trust.secrets.service import Secrets
from tests.kit.clock import SettableClock
from tests.kit.database import RecordingBus, store
from tests.kit.records import ADMIN

VALUE = "correct horse battery staple"


class World:
    def __init__(
        self,
        folder: Path,
        database: Database,
        keyring: Keyring,
        clock: SettableClock,
        bus: RecordingBus,
        **options: Any,
    ) -> None:
        self.folder, self.database, self.keyring, self.clock = folder, database, keyring, clock
        self.bus = bus
        self.audit = AuditLog(clock, keyring)
        self.organizations = Organizations(clock)
        self.secrets = Secrets(database, clock, self.audit, keyring, self.organizations)
        self.reencryption = Reencryption(
            database, clock, self.audit, keyring, SEALED_COLUMNS, **{"grace_s": 0.0, "batch": 3, **options}
        )
        self.master_keys = MasterKeys(database, clock, self.audit, keyring, SEALED_COLUMNS, self.reencryption)
        self.workspace = Workspace("", "", "", "")

    @property
    def key_file(self) -> Path:
        return self.keyring.file.path

    async def create(self, name: str = "db-password", value: str = VALUE, **fields: Any) -> SecretView:
        return await self.secrets.create(ADMIN, SecretRequest(name=name, value=value, **fields))

    async def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return await self.database.read(lambda tx: [tuple(row) for row in tx.all(sql, parameters)])

    async def values(self) -> dict[str, str]:
        """Every value of a sealed column, opened: with what is in the file, as after a restart."""
        return await self.database.read(self._opened)

    def _opened(self, tx: Transaction) -> dict[str, str]:
        return opened(tx, Keyring(self.keyring.file.read(), self.keyring.file))

    async def key_ids_in_use(self) -> set[str]:
        return {one.key_id for one in await self.database.read(lambda tx: usage(tx, SEALED_COLUMNS))}


def opened(tx: Transaction, keyring: Keyring) -> dict[str, str]:
    found = {}
    for column in SEALED_COLUMNS:
        for row in tx.all(f"SELECT * FROM {column.table} WHERE {column.column} <> ''"):
            key = "/".join(str(row[name]) for name in column.key_columns)
            found[f"{column.name}:{key}"] = keyring.open(row[column.column], column.context(row))
    return found


@asynccontextmanager
async def world(folder: Path, *, named: str = "", **options: Any) -> AsyncIterator[World]:
    """`named`: the master key file. What is made here goes on where an earlier one in this folder ended."""
    clock, bus = SettableClock(), RecordingBus()
    async with store(folder, clock=clock, bus=bus) as database:
        keyring = await database.read(
            lambda tx: open_keyring(tx, SEALED_COLUMNS, folder / "master.key", named)
        )
        made = World(folder, database, keyring, clock, bus, **options)
        made.workspace = await database.write(made.organizations.ensure_default)
        yield made


def holder(workspace_id: str, *permissions: Permission) -> Actor:
    """Somebody who may do this in one workspace."""
    return Actor("user", "u-7", "alice", Access(workspaces={workspace_id: frozenset(permissions)}))
