"""Every column with sealed values is registered, with the context that its slice seals for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Transaction
from nimbus.db.sealed_columns import SealedColumn, exchange, other_than
from nimbus.kernel.access import Actor
from nimbus.people.keys.making import first_key
from nimbus.records.audit.service import AuditLog
from nimbus.records.idempotency.service import Idempotency
from nimbus.trust.secrets.key_file import KeyFile
from nimbus.trust.secrets.keyring import Keyring
from tests.kit.database import plain_connection
from tests.kit.records import ADMIN
from tests.nimbus.trust.secrets.world import VALUE, world

U = Actor(kind="user", id="u-1", name="ada")


@pytest.mark.sqlite
def test_no_sealed_column_is_forgotten(tmp_path: Path) -> None:
    connection = plain_connection(tmp_path)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        f"{table}.{column['name']}"
        for table in tables
        for column in connection.execute(f"PRAGMA table_info({table})")
        if "sealed" in column["name"]
    }
    primary_keys = {
        table: tuple(
            column["name"]
            for column in sorted(connection.execute(f"PRAGMA table_info({table})"), key=lambda c: c["pk"])
            if column["pk"]
        )
        for table in tables
    }
    connection.close()
    assert {column.name for column in SEALED_COLUMNS} == found, (
        "nimbus/composition/sealed_columns.py lists them"
    )
    for column in SEALED_COLUMNS:
        assert column.key_columns == primary_keys[column.table]


MADE_BY_THEIR_SLICES = {"keys", "idempotency_keys", "audit_keys", "secret_versions"}


def fill(tx: Transaction, column: SealedColumn, keyring: Keyring) -> None:
    """A row with a sealed value, whatever the table is about."""
    if column.table in MADE_BY_THEIR_SLICES:
        return
    if tx.one(f"SELECT 1 FROM {column.table}") is None:
        put(tx, column.table)
    row = tx.one(f"SELECT * FROM {column.table}")
    assert row is not None
    sealed = keyring.seal(column.table, column.context(row))
    tx.execute(f"UPDATE {column.table} SET {column.column} = ?", (sealed,))


def put(tx: Transaction, table: str) -> None:
    """A row of which every text is `u-1` and every number 1, with the rows that it refers to."""
    for reference in tx.all(f"PRAGMA foreign_key_list({table})"):
        target = reference["table"]
        if tx.one(f"SELECT 1 FROM {target} WHERE {reference['to']} = 'u-1'") is None:
            put(tx, target)
    fields = tx.all(f"PRAGMA table_info({table})")
    values = ["1" if "INT" in field["type"] or "REAL" in field["type"] else "'u-1'" for field in fields]
    tx.execute(f"INSERT INTO {table} VALUES ({', '.join(values)})")


@pytest.mark.sqlite
async def test_what_each_slice_seals_is_re_encrypted_and_opens_for_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        log = AuditLog(w.clock, w.keyring)
        await w.database.write(
            lambda tx: tx.execute(
                "INSERT INTO users (id, username, is_admin, created_at) VALUES ('u-1', 'admin', 1, 0)"
            )
        )
        made = await w.database.write(lambda tx: first_key(tx, log, w.keyring, 1, "u-1"))
        await w.database.write(
            lambda tx: tx.execute(
                "UPDATE keys SET previous_access_key = 'NKOLD', previous_sealed_secret = ?",
                (w.keyring.seal("previous", "access-key:NKOLD"),),
            )
        )
        for column in SEALED_COLUMNS:
            await w.database.write(lambda tx, c=column: fill(tx, c, w.keyring))  # type: ignore[misc]
        idempotency = Idempotency(w.database, w.clock, w.keyring)
        with idempotency.claiming(U, "key-1", "print"):
            await w.create("api-token", VALUE)
        await idempotency.after(U, "key-1", 201, b'{"data": 1}')
        before = await w.values()
        assert {name.partition(":")[0] for name in before} == {column.name for column in SEALED_COLUMNS}
        assert {made.secret_key, "previous", VALUE} <= set(before.values())
        assert any('{\\"data\\": 1}' in value for value in before.values())
        old = w.keyring.key_id
        await w.master_keys.rotate(ADMIN)
        await w.reencryption.converge()
        assert await w.values() == before
        assert old not in await w.key_ids_in_use()
        # With the new key alone, as after a restart.
        alone = Keyring(KeyFile(w.key_file).read(), KeyFile(w.key_file))
        assert len(alone.key_ids) == 1
        stored = await Idempotency(w.database, w.clock, alone).before(U, "key-1", "print")
        assert stored is not None
        assert stored.body == b'{"data": 1}'
        fresh = AuditLog(w.clock, alone)
        [(key_id,)] = await w.rows("SELECT key_id FROM audit_chain")
        assert await w.database.read(lambda tx: fresh.key(tx, key_id))


async def test_an_exchange_needs_the_value_to_be_the_old_one(tmp_path: Path) -> None:
    column = SealedColumn("t", ("a", "b"), "sealed", lambda row: "")
    async with world(tmp_path) as w:

        def make_table(tx: object) -> None:
            tx.execute("CREATE TABLE t (a TEXT, b INTEGER, sealed TEXT, PRIMARY KEY (a, b))")  # type: ignore[attr-defined]
            for a, b in (("x", 1), ("x", 2), ("y", 1), ("z", 0)):
                tx.execute("INSERT INTO t VALUES (?, ?, ?)", (a, b, "" if a == "z" else f"{'0' * 16}.AAAA"))  # type: ignore[attr-defined]

        await w.database.write(make_table)

        def changed(tx: object) -> tuple[bool, bool]:
            return (
                exchange(tx, column, ("x", 2), "another", "new"),  # type: ignore[arg-type]
                exchange(tx, column, ("x", 2), f"{'0' * 16}.AAAA", f"{'1' * 16}.BBBB"),  # type: ignore[arg-type]
            )

        assert await w.database.write(changed) == (False, True)
        pages: list[list[tuple[str, int]]] = []
        after: tuple[str | int, ...] = ()
        while True:
            rows = await w.database.read(
                lambda tx, after=after: other_than(tx, column, "1" * 16, after=after, limit=1)  # type: ignore[misc]
            )
            if not rows:
                break
            pages.append([(row["a"], row["b"]) for row in rows])
            after = pages[-1][-1]
        assert pages == [[("x", 1)], [("y", 1)]]
