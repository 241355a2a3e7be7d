from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.fleet.tasks.records import TaskQuery, TaskView
from nimbus.kernel.clock import to_rfc3339
from tests.kit.lists import rows_of
from tests.kit.records import ADMIN
from tests.kit.slices import slices


async def test_tasks_of_a_time(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node("web-1")
        made = []
        for _ in range(3):
            world.clock.advance(60)
            task = await world.add_task(node.id)
            made.append((task.id, to_rfc3339(world.clock.now())))

        async def listed(**query: str) -> list[str]:
            page = await world.tasks.list(ADMIN, TaskQuery(sort="created_at", **query))  # type: ignore[arg-type]
            return [view.id for view in rows_of(page, TaskView)]

        ids = [task_id for task_id, _ in made]
        assert await listed(since=made[1][1]) == ids[1:]
        assert await listed(until=made[1][1]) == ids[:1]
        assert await listed(since=made[1][1], until=made[2][1]) == ids[1:2]


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"until": ""}, {"since": "2026-02-30T00:00:00Z"}])
def test_what_is_no_time(query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"since|until"):
        TaskQuery(**query)  # type: ignore[arg-type]
