"""Migrations: fresh, from a real old dump, refused, interrupted, backed up."""

from __future__ import annotations

import importlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nimbus.db.migration import DatabaseTooNew, DatabaseUnusable, Migration
from nimbus.db.sqlite import migrate as module
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.migrate import migrate, migrations, schema_of, statements, tables_of
from nimbus.kernel.errors import StorageFull
from tests.kit import mesh_of_all
from tests.kit.clock import SettableClock

pytestmark = pytest.mark.sqlite

PROJECT = Path(__file__).parents[4]
SNAPSHOT = PROJECT / "nimbus" / "db" / "sqlite" / "schema.sql"
DUMPS = PROJECT / "tests" / "kit" / "dumps"
EXTRA = Migration(
    9001, "extra", "CREATE TABLE extra (id TEXT PRIMARY KEY);\nALTER TABLE users ADD COLUMN extra TEXT;\n"
)


_clock = SettableClock()


def run(path: Path) -> list[int]:
    _clock.advance(1)
    return migrate(path, _clock)


def schema(path: Path) -> str:
    connection = connect(path)
    try:
        return schema_of(connection)
    finally:
        connection.close()


def with_migrations(monkeypatch: pytest.MonkeyPatch, *extra: Migration) -> None:
    known = [*migrations(), *extra]
    monkeypatch.setattr(module, "migrations", lambda: known)


def test_a_fresh_database_has_the_snapshots_schema(tmp_path: Path) -> None:
    """Regenerate the snapshot with: python3 -m tests.kit.schema_snapshot"""
    path = tmp_path / "nimbus.db"
    assert run(path) == [migration.version for migration in migrations()]
    assert path.stat().st_mode & 0o777 == 0o600
    assert schema(path) == SNAPSHOT.read_text("utf-8")
    assert run(path) == []
    assert not (tmp_path / "backups").exists()


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.version for migration in migrations()] == list(range(1, len(migrations()) + 1))


@pytest.mark.parametrize("dump", sorted(DUMPS.glob("*.sql")), ids=lambda path: path.stem)
def test_an_old_dump_becomes_the_present_schema_with_its_rows(tmp_path: Path, dump: Path) -> None:
    path = tmp_path / "nimbus.db"
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text("utf-8"))
    before = {
        name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    }
    connection.close()
    run(path)
    assert schema(path) == SNAPSHOT.read_text("utf-8")
    connection = connect(path)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    renamed = {"access_keys": "keys"}
    for old, count in before.items():
        name = renamed.get(old, old)
        # What was measured is measured anew.
        if name not in ("schema_migrations", "mesh_probes"):
            assert connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] == count, name
    connection.close()


def test_the_one_mesh_becomes_a_scope_for_each_organization(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nimbus.db"
    with monkeypatch.context() as patch:
        known = [migration for migration in migrations() if migration.version <= mesh_of_all.VERSION]
        patch.setattr(module, "migrations", lambda: known)
        run(path)
    connection = connect(path)
    with connection:
        for statement in mesh_of_all.STATEMENTS:
            connection.execute(statement)
    connection.commit()
    connection.close()
    run(path)
    connection = connect(path)
    for sql, expected in mesh_of_all.EXPECTED.items():
        assert [tuple(row) for row in connection.execute(sql)] == expected
    connection.close()


def test_an_existing_database_is_backed_up_before_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    old = schema(path)
    with_migrations(monkeypatch, EXTRA)
    assert run(path) == [9001]
    assert "CREATE TABLE extra" in schema(path)
    [backup] = (tmp_path / "backups").iterdir()
    assert backup.stat().st_mode & 0o777 == 0o600
    assert schema(backup) == old


def test_a_newer_database_is_refused_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nimbus.db"
    with monkeypatch.context() as patch:
        with_migrations(patch, EXTRA)
        run(path)
    before = schema(path)
    with pytest.raises(DatabaseTooNew, match="newer"):
        run(path)
    assert schema(path) == before


def test_an_altered_migration_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    first, *others = migrations()
    altered = Migration(first.version, first.name, first.sql + "-- one comment more\n")
    monkeypatch.setattr(module, "migrations", lambda: [altered, *others])
    with pytest.raises(DatabaseUnusable, match="migration 1"):
        run(path)


def test_a_failure_between_statements_leaves_the_old_version_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    old = schema(path)
    broken = Migration(9002, "broken", "CREATE TABLE one (id TEXT);\nCREATE TABLE users (id TEXT);\n")
    with monkeypatch.context() as patch:
        with_migrations(patch, EXTRA, broken)
        with pytest.raises(DatabaseUnusable):
            run(path)
    assert schema(path) == old
    with monkeypatch.context() as patch:
        with_migrations(patch, EXTRA, broken)
        with pytest.raises(DatabaseUnusable):
            run(path)
    assert len(list((tmp_path / "backups").iterdir())) == 1, "started again and again it keeps one backup"
    with_migrations(monkeypatch, EXTRA)
    assert run(path) == [9001]


def test_a_kill_between_statements_leaves_the_old_version_whole(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    old = schema(path)
    program = (
        "import os, sys; from pathlib import Path; from nimbus.db.sqlite import migrate as m; "
        "from nimbus.kernel.clock import SystemClock; known = m.migrations(); real = m.statements\n"
        "def dying(sql):\n"
        "    for s in real(sql):\n"
        "        yield s\n"
        "        os.kill(os.getpid(), 9)\n"
        "m.statements = dying\n"
        "sql = 'CREATE TABLE extra (id TEXT);\\nCREATE TABLE t (i TEXT);'\n"
        "m.migrations = lambda: [*known, m.Migration(9001, 'extra', sql)]\n"
        f"m.migrate(Path({str(path)!r}), SystemClock())\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert schema(path) == old


def test_a_full_disk_is_named_and_leaves_the_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    old = schema(path)
    rows = "".join(f"INSERT INTO blob VALUES ('{'z' * 3000}');\n" for _ in range(40))
    with_migrations(monkeypatch, Migration(9003, "large", "CREATE TABLE blob (t TEXT);\n" + rows))

    def tiny(at: Path, *, query_only: bool = False) -> sqlite3.Connection:
        connection = connect(at, query_only=query_only)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(module, "connect", tiny)
        with pytest.raises(StorageFull):
            run(path)
    assert schema(path) == old
    assert run(path) == [9003]


def test_a_file_that_is_no_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    path.write_bytes(b"this is a letter to my aunt, not a database" * 100)
    with pytest.raises(DatabaseUnusable) as caught:
        run(path)
    assert "nimbus restore FILE" in caught.value.line()
    assert "\n" not in caught.value.line()


def test_a_backup_that_cannot_be_made_stops_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    old = schema(path)
    with_migrations(monkeypatch, EXTRA)
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(DatabaseUnusable, match="backup"):
        run(path)
    assert schema(path) == old


def test_statements_are_split_where_sql_ends() -> None:
    sql = "-- a comment; with a semicolon\nCREATE TABLE a (\n  x TEXT -- why; not\n);\n"
    sql += "\nINSERT INTO a VALUES ('b;c');\n"
    assert len(statements(sql)) == 2
    with pytest.raises(ValueError, match="unfinished"):
        statements("CREATE TABLE a (")


def test_the_snapshot_can_be_written_anew(tmp_path: Path) -> None:
    command = importlib.import_module("tests.kit.schema_snapshot")
    target = tmp_path / "schema.sql"
    command.write(target)
    assert target.read_text("utf-8") == SNAPSHOT.read_text("utf-8")
    assert os.listdir(tmp_path) == ["schema.sql"]


def test_members_that_share_a_key_or_an_address_are_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was possible before keys were compared. Who was there first stays."""
    path = tmp_path / "nimbus.db"
    with monkeypatch.context() as patch:
        old = [migration for migration in migrations() if migration.version <= 12]
        patch.setattr(module, "migrations", lambda: old)
        run(path)
    database = sqlite3.connect(path)
    with database:
        database.execute("INSERT INTO organizations (id, name, created_at) VALUES ('o', 'default', 1)")
        database.execute(
            "INSERT INTO workspaces (id, organization_id, name, created_at) VALUES ('w', 'o', 'default', 1)"
        )
        for number, (name, key, address) in enumerate(
            [
                ("z-first", "k1", "10.0.0.2"),
                ("a-thief", "k1", "10.0.0.3"),
                ("same", "k2", "10.0.0.2"),
                ("b", "k3", "10.0.0.4"),
            ]
        ):
            database.execute(
                "INSERT INTO nodes (id, workspace_id, name, hostname, deployment_mode, version, public_ip,"
                " overlay_ip, state, maintenance, capabilities, labels, facts, report, state_since, created_at,"
                " updated_at, mesh_key, approval) VALUES (?, 'w', ?, '', '', '', '', ?, 'Online', 0,"
                " '[]', '{}', '{}', '{}', 1, ?, 1, 'one key', 'waiting')",
                (name, name, address, number),
            )
            database.execute(
                "INSERT INTO mesh_peers VALUES (?, ?, ?, ?, '', ?, NULL)", (name, name, key, address, number)
            )
            database.execute(
                "INSERT INTO mesh_provisional_peers VALUES (?, 'one key', ?, ?)", (name, address, number)
            )
        database.execute("INSERT INTO mesh_peers VALUES ('gone', 'gone', 'k1', '10.0.0.2', '', 9, 5)")
    database.close()
    run(path)
    connection = connect(path)
    present = connection.execute("SELECT node_id FROM mesh_peers WHERE removed_at IS NULL ORDER BY node_id")
    assert [row[0] for row in present] == ["b", "z-first"]
    assert [tuple(row) for row in connection.execute("SELECT token_id FROM mesh_provisional_peers")] == [
        ("z-first",)
    ]
    assert [tuple(row) for row in connection.execute("SELECT id FROM nodes WHERE mesh_key <> ''")] == [
        ("z-first",)
    ]
    connection.close()


def test_references_that_lead_nowhere_stop_a_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    old = schema(path)
    database = sqlite3.connect(path)
    with database:
        database.execute(
            "INSERT INTO workspaces (id, organization_id, name, created_at) VALUES ('w', 'nobody', 'x', 1)"
        )
    database.close()
    with_migrations(monkeypatch, EXTRA)
    with pytest.raises(DatabaseUnusable, match="from workspaces to organizations"):
        run(path)
    assert schema(path) == old


def test_no_backup_is_begun_without_room_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    old = schema(path)
    with_migrations(monkeypatch, EXTRA)
    monkeypatch.setattr("nimbus.db.sqlite.migrate._MARGIN_BYTES", 2**60)
    with pytest.raises(StorageFull, match="MiB free") as caught:
        run(path)
    assert "Nothing was changed" in caught.value.line()
    assert schema(path) == old
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize(
    ("said", "runs"), [("", False), ("-- oldest: 9003\n", False), ("-- oldest: 1\n", True)]
)
def test_a_migration_says_which_executables_can_still_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, runs: bool
) -> None:
    """The executable before it, after an upgrade that is taken back."""
    path = tmp_path / "nimbus.db"
    with monkeypatch.context() as patch:
        with_migrations(patch, Migration(9003, "newer", f"{said}CREATE TABLE newer (id TEXT);"))
        run(path)
    if runs:
        assert run(path) == []
    else:
        with pytest.raises(DatabaseTooNew):
            run(path)


def test_a_ledger_of_before_says_nothing_of_older_executables(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    database = sqlite3.connect(path)
    with database:
        database.execute("ALTER TABLE schema_migrations DROP COLUMN oldest")
        database.execute("INSERT INTO schema_migrations VALUES (9003, 'newer', 'x', 1)")
    database.close()
    with pytest.raises(DatabaseTooNew):
        run(path)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseUnusable, match="belongs to something else: it has 1 tables, bookmarks among"):
        run(path)
    assert schema(path) == "CREATE TABLE bookmarks (id INTEGER);\n"


def test_a_table_that_was_lost_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    run(path)
    connection = sqlite3.connect(path)
    assert tables_of(migrations()) == module._tables(connection)
    connection.execute("DROP TABLE node_reports")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseUnusable, match="has lost the table node_reports"):
        run(path)


def test_a_link_to_a_disk_that_is_not_mounted_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    path.symlink_to(tmp_path / "disk" / "nimbus.db")
    with pytest.raises(
        DatabaseUnusable, match=r"leads to .*disk/nimbus\.db, cannot be made: no such file"
    ) as no:
        run(path)
    assert "Mount the disk" in no.value.next_step
