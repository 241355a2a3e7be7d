"""The schema on PostgreSQL is that of SQLite, migration by migration."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nimbus.db.database import write_once
from nimbus.db.generation import ensure_generation, watermark
from nimbus.db.migration import DatabaseTooNew, DatabaseUnusable, Migration
from nimbus.db.postgresql import migrate as module
from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.migrate import migrate, migrations
from nimbus.db.sqlite import migrate as of_sqlite
from tests.kit import mesh_of_all
from tests.kit.clock import SettableClock
from tests.kit.database import plain_connection
from tests.kit.postgresql import Server

FIRST = 23
# Not counted: nobody keeps what it read of them.
OF_POSTGRESQL = {"schema_migrations", "writer_commits"}
CLOCK = SettableClock()
EXTRA = Migration(
    9001, "extra", "CREATE TABLE extra (id text PRIMARY KEY); ALTER TABLE users ADD COLUMN extra text;"
)
_TYPES = {
    "timestamp with time zone": "",
    "bigint": "INTEGER",
    "text": "TEXT",
    "bytea": "BLOB",
    "double precision": "REAL",
}
Shape = dict[str, dict[str, tuple[str, bool]]]


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(sql.encode()).fetchall()


def run(url: str) -> list[int]:
    return migrate(Address(url), CLOCK)


def columns_of_postgresql(url: str) -> Shape:
    found: Shape = {}
    for table, name, kind, nullable, collation in rows(
        url,
        "SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
    ):
        assert kind != "text" or collation == "C", f"{table}.{name} is not compared byte by byte"
        found.setdefault(table, {})[name] = (_TYPES.get(kind, kind), nullable == "NO")
    return found


def columns_of_sqlite(connection: sqlite3.Connection) -> Shape:
    tables = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    return {
        table: {
            row["name"]: (row["type"], bool(row["notnull"] or row["pk"]))
            for row in connection.execute(f"PRAGMA table_info({table})")
        }
        for table in tables
    }


def unique_of_postgresql(url: str) -> set[tuple[str, tuple[str, ...]]]:
    found = rows(
        url,
        "SELECT relname, ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnatts) n)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace s ON s.oid = c.relnamespace"
        " WHERE i.indisunique AND s.nspname = 'public'",
    )
    return {(table, tuple(name for name in names if "(" not in name)) for table, names in found}


def unique_of_sqlite(connection: sqlite3.Connection, tables: Shape) -> set[tuple[str, tuple[str, ...]]]:
    found = set()
    for table in tables:
        info = connection.execute(f"PRAGMA table_info({table})").fetchall()
        key = tuple(row["name"] for row in sorted(info, key=lambda row: row["pk"]) if row["pk"])
        found.add((table, key))
        for index in connection.execute(f"PRAGMA index_list({table})").fetchall():
            if index["unique"]:
                of_index = connection.execute(f"PRAGMA index_info({index['name']})").fetchall()
                found.add((table, tuple(row["name"] for row in of_index if row["name"] is not None)))
    return found


def test_both_engines_end_with_the_same_tables_columns_and_unique_keys(url: str, tmp_path: Path) -> None:
    run(url)
    connection = plain_connection(tmp_path)
    try:
        of_file = columns_of_sqlite(connection)
        of_server = columns_of_postgresql(url)
        assert {name: columns for name, columns in of_server.items() if name != "writer_commits"} == of_file
        assert unique_of_postgresql(url) - {("writer_commits", ("session",))} == unique_of_sqlite(
            connection, of_file
        )
    finally:
        connection.close()


def test_from_the_first_one_on_each_number_has_a_file_of_each_engine() -> None:
    numbers = [migration.version for migration in migrations()]
    assert numbers == [m.version for m in of_sqlite.migrations() if m.version >= FIRST]
    later = [(m.version, m.name) for m in migrations() if m.version > FIRST]
    assert later == [(m.version, m.name) for m in of_sqlite.migrations() if m.version > FIRST]


def test_no_table_lacks_the_trigger_that_counts_its_changes(url: str) -> None:
    run(url)
    counted = {
        row[0]
        for row in rows(url, "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'count_change'")
    }
    assert counted == set(columns_of_postgresql(url)) - {"table_versions", *OF_POSTGRESQL}


def test_a_database_is_migrated_once(url: str) -> None:
    assert run(url) == [migration.version for migration in migrations()]
    assert run(url) == []


def test_the_one_mesh_becomes_a_scope_for_each_organization(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        known = [migration for migration in migrations() if migration.version <= mesh_of_all.VERSION]
        patch.setattr(module, "migrations", lambda: known)
        run(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in mesh_of_all.STATEMENTS:
            connection.execute(statement.encode())
    run(url)
    for sql, expected in mesh_of_all.EXPECTED.items():
        assert rows(url, sql) == expected


def test_what_fails_leaves_the_old_version_whole(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(url)
    before = columns_of_postgresql(url)
    broken = Migration(9002, "broken", "CREATE TABLE one (id text); CREATE TABLE users (id text);")
    known = migrations()
    monkeypatch.setattr(module, "migrations", lambda: [*known, EXTRA, broken])
    with pytest.raises(DatabaseUnusable, match="already exists"):
        run(url)
    assert columns_of_postgresql(url) == before
    monkeypatch.setattr(module, "migrations", lambda: [*known, EXTRA])
    assert run(url) == [9001]


def test_a_newer_database_and_an_altered_migration_are_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations()
    with monkeypatch.context() as patch:
        patch.setattr(module, "migrations", lambda: [*known, EXTRA])
        run(url)
    with pytest.raises(DatabaseTooNew, match="newer"):
        run(url)
    first, *others = known
    altered = Migration(first.version, first.name, first.sql + "-- one comment more\n")
    monkeypatch.setattr(module, "migrations", lambda: [altered, *others, EXTRA])
    with pytest.raises(DatabaseUnusable, match=f"migration {FIRST}"):
        run(url)


def test_a_dump_is_a_whole_database_when_it_is_restored(server: Server, url: str) -> None:
    """As docs/postgresql.md says it: by PostgreSQL's own programs."""
    name = url.split("@/")[1].split("?")[0]
    at = ("-h", str(server.folder), "-U", "postgres")
    run(url)
    write_once(url, ensure_generation)
    server.run("pg_dump", *at, "--format", "custom", "--file", "dump", name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    server.run("pg_restore", *at, "--dbname", name, "dump")
    assert run(url) == []
    before = write_once(url, watermark)
    assert before is not None
    write_once(url, lambda tx: tx.execute("UPDATE organizations SET name = name"))
    after = write_once(url, watermark)
    assert after is not None
    assert (after.lineage, after.commits) == (before.lineage, before.commits + 1)


def test_two_that_migrate_at_once_do_it_once(url: str) -> None:
    import threading

    done: list[list[int]] = []
    threads = [threading.Thread(target=lambda: done.append(run(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(len, done)) == [0, 0, 0, len(migrations())]
