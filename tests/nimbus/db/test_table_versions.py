"""What a statement changes, and what is known to stand still."""

from __future__ import annotations

from functools import partial

import pytest

from nimbus.db import table_versions
from nimbus.db.row_cache import RowCache, Rows
from nimbus.db.statements import EVERY_TABLE, Changes, Statement, statement
from nimbus.db.table_versions import TableVersions


def written(*statements: tuple[str, tuple[object, ...]]) -> Changes:
    changes = Changes()
    for sql, parameters in statements:
        changes.note(sql, (parameters,))
    return changes


def committed(versions: TableVersions, *statements: tuple[str, tuple[object, ...]]) -> None:
    versions.begin(written(*statements).tables)
    versions.end()


ADDS = partial(Statement, adds=True)


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT 1", Statement("")),
        ("PRAGMA user_version", Statement("")),
        ("INSERT INTO nodes (id, name) VALUES (?, ?)", ADDS("nodes")),
        ("INSERT INTO t (a, id) VALUES ('?', ?)", ADDS("t")),
        ("INSERT INTO t (a, b, id) VALUES (?, 0, ?) ON CONFLICT (id) DO NOTHING", ADDS("t")),
        ("INSERT INTO t (task_id, needs) VALUES (?, ?)", ADDS("t")),
        ("INSERT INTO t (id) VALUES ('x')", ADDS("t")),
        ("INSERT INTO t (id, a) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET a = excluded.a", Statement("t")),
        ("INSERT INTO t (id) VALUES (?) RETURNING id", Statement("t")),
        ("INSERT INTO t (id) SELECT id FROM u", Statement("t")),
        (" update T SET a = 1 WHERE id = ? RETURNING a", Statement("t", id_at=0, columns=frozenset({"a"}))),
        (
            "UPDATE t SET a = ?, b = COALESCE(b, ?), c = 'x?, d = 1' WHERE id = ? AND e IS NULL",
            Statement("t", id_at=2, columns=frozenset({"a", "b", "c"})),
        ),
        ("UPDATE t SET a = ? WHERE id = ? OR b = ?", Statement("t", columns=frozenset({"a"}))),
        ("UPDATE t SET a = ? WHERE node_id = ?", Statement("t", columns=frozenset({"a"}))),
        ("UPDATE t SET a = ? WHERE id IN (?, ?)", Statement("t", columns=frozenset({"a"}))),
        ("UPDATE t SET a = ?", Statement("t")),
        ("DELETE FROM keys WHERE id = ?", Statement("keys")),
        ("WITH a AS (SELECT 1) INSERT INTO nodes SELECT * FROM a", Statement(EVERY_TABLE)),
        ("INSERT OR REPLACE INTO nodes VALUES (1)", Statement(EVERY_TABLE)),
    ],
)
def test_what_a_statement_changes(sql: str, wanted: Statement) -> None:
    assert statement(sql) == wanted


def test_no_version_while_a_commit_is_under_way() -> None:
    versions = TableVersions()
    before = versions.now(("nodes",))
    versions.begin(written(("DELETE FROM tasks", ())).tables)
    assert versions.now(("nodes",)) == before
    assert versions.now(("nodes", "tasks")) is None
    assert versions.now(("tasks.kind",)) is None
    versions.end()
    assert versions.now(("nodes",)) == before
    versions.begin(written(("VACUUM", ())).tables)
    assert versions.now(("nodes",)) is None
    versions.end()
    assert versions.now(("nodes",)) != before


def test_a_column_stands_still_while_others_change() -> None:
    versions = TableVersions()
    before, table = versions.now(("nodes.name",)), versions.now(("nodes",))
    state = ("UPDATE nodes SET state = ? WHERE id = ?", ("Online", "n1"))
    versions.begin(written(state).tables)
    assert versions.now(("nodes.name",)) == before
    versions.end()
    committed(versions, ("INSERT INTO nodes (id, name) VALUES (?, ?)", ("n2", "b")))
    assert versions.now(("nodes.name",)) == before
    assert versions.now(("nodes",)) != table
    for sql in ("UPDATE nodes SET name = ? WHERE id = ?", "DELETE FROM nodes WHERE name = ? AND id = ?"):
        versions.begin(written((sql, ("x", "n1"))).tables)
        assert versions.now(("nodes.name",)) is None
        versions.end()
        assert versions.now(("nodes.name",)) != before
        before = versions.now(("nodes.name",))


def test_changes_of_several_statements_add_up() -> None:
    changes = written(
        ("UPDATE t SET a = ? WHERE id = ?", (1, "x")), ("INSERT INTO t (id) VALUES (?)", ("y",))
    )
    changes.note("UPDATE t SET b = ? WHERE id = ?", ((1, "z"),))
    assert changes.tables["t"].rows == {"x", "z"}
    assert changes.tables["t"].columns == {"a", "b"}
    changes.note("DELETE FROM t", ((),))
    assert changes.tables["t"].rows is changes.tables["t"].columns is None


class Cached:
    """Reads rows of `t`, and tells which had to be made."""

    def __init__(self, capacity: int = 10_000) -> None:
        self.versions = TableVersions()
        self.cache = RowCache(self.versions, capacity)

    def read(self, *ids: str, text: str = "x") -> list[str]:
        made: list[str] = []

        def make(missing: object) -> dict[str, bytes]:
            made.extend(missing)  # type: ignore[arg-type]
            return {row_id: (row_id + text).encode() for row_id in made}

        versions = self.versions.now(("t", "u"))
        assert versions is not None
        rows = Rows(self.cache, "t", versions[1], (versions[0], versions[2]))
        rows.array(ids, make)
        rows.keep()
        return made


def test_a_row_is_made_once_until_it_changes() -> None:
    cached = Cached()
    assert cached.read("a", "b", "c") == ["a", "b", "c"]
    assert cached.read("c", "a", "b") == []
    committed(cached.versions, ("UPDATE t SET x = ? WHERE id = ?", (1, "b")))
    assert cached.read("a", "b", "c") == ["b"]
    committed(cached.versions, ("UPDATE t SET x = ? WHERE y = ?", (1, "b")))
    assert cached.read("a", "b") == ["a", "b"]
    committed(cached.versions, ("INSERT INTO t (id) VALUES (?)", ("d",)))
    assert cached.read("a", "b", "d") == ["d"]
    # "c" was made before all rows may have changed.
    assert cached.read("a", "c") == ["c"]


@pytest.mark.parametrize("sql", ["UPDATE u SET x = 1", "VACUUM"])
def test_what_else_a_row_shows_makes_it_anew(sql: str) -> None:
    cached = Cached()
    cached.read("a")
    committed(cached.versions, (sql, ()))
    assert cached.read("a") == ["a"]


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    cached = Cached(capacity=100)
    cached.read("a", text="x" * 60)
    cached.read("b", text="x" * 60)
    assert cached.read("b") == []
    assert cached.read("a", text="x" * 60) == ["a"]
    monkeypatch.setattr(table_versions, "REMEMBERED_ROWS", 1)
    committed(cached.versions, ("UPDATE t SET x = ? WHERE id = ?", (1, "y")))
    committed(cached.versions, ("UPDATE t SET x = ? WHERE id = ?", (1, "z")))
    assert cached.read("a") == ["a"], "nobody remembers when it was changed"
