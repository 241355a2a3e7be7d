"""Lists of names are in the order that people count in, on both engines."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nimbus.db.natural import by_name
from nimbus.fleet.nodes.records import NodeQuery, NodeView
from nimbus.kernel.errors import ValidationError
from tests.kit.lists import rows_of
from tests.kit.records import ADMIN
from tests.kit.slices import Slices, slices

NAMES = [
    "1",
    "2a",
    "10",
    "a",
    "a-1",
    "a-2",
    "a-10",
    "a1",
    "a2",
    "a10",
    "ab",
    "build-2",
    "build-10",
    "rack-1-node-9",
    "rack-2-node-3",
    "rack-2-node-20",
    "rack-10-node-1",
]


async def names(world: Slices, *, sort: str = "", label: str | None = None) -> list[str]:
    listed = await world.nodes.list(ADMIN, NodeQuery(sort=sort, label=label))
    return [row.name for row in rows_of(listed, NodeView)]


async def test_nodes_are_listed_as_people_count(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        for name in sorted(NAMES, reverse=True):
            await world.add_node(name)
        assert await names(world) == NAMES
        assert await names(world, sort="name") == NAMES
        assert await names(world, sort="-name") == NAMES[::-1]


async def test_several_labels_must_all_be_there(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("one", labels={"tier": "gold", "zone": "hel"})
        await world.add_node("two", labels={"tier": "gold", "zone": "fra"})
        assert await names(world, label="tier=gold") == ["one", "two"]
        assert await names(world, label="tier=gold,zone=hel") == ["one"]
        assert await names(world, label="tier=gold,zone=") == []
        for wrong in ("tier=gold,", "tier=gold,zone", ","):
            with pytest.raises(ValidationError):
                await names(world, label=wrong)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("table", "order", "index"),
    [
        ("nodes WHERE deleted_at IS NULL", by_name("name", "id"), "nodes_listed"),
        ("users", by_name("username"), "users_listed"),
        ("secrets", by_name("name", "id"), "secrets_listed"),
    ],
)
def test_a_list_that_may_be_long_goes_along_its_index(
    tmp_path: Path, table: str, order: str, index: str
) -> None:
    schema = (Path(__file__).parents[3] / "nimbus/db/sqlite/schema.sql").read_text("utf-8")
    with sqlite3.connect(tmp_path / "plan.db") as database:
        database.executescript(schema)
        plan = database.execute(
            f"EXPLAIN QUERY PLAN SELECT id, created_at FROM {table} ORDER BY {order} LIMIT 100"
        ).fetchall()
    assert [row[3] for row in plan] == [f"SCAN {table.split()[0]} USING INDEX {index}"], plan
