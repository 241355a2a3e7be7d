"""Secret values of tasks: sealed at rest, opened for the node alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from nimbus.fleet.tasks.records import LogQuery, TaskQuery, TaskState, TaskView
from nimbus.fleet.tasks.rules import kind_views
from nimbus.kernel.errors import ValidationError
from nimbus.kernel.routing import Target
from nimbus.protocol.kinds import MASK, secret_parameters
from tests.kit.lists import rows_of
from tests.kit.records import ADMIN
from tests.kit.secret_kind import KIND, register
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.tasks.test_delivery import lease, report

TOKEN, ADMIN_TOKEN = "token-that-nobody-sees", "admin-token-that-nobody-sees"
GIVEN = {"address": "10.0.0.1", "join_token": TOKEN}
SHOWN = {"address": "10.0.0.1", "join_token": MASK, "password": None}


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)


def stored_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("nimbus.db*"))


async def order(world: Slices, **parameters: Any) -> Any:
    return await world.add_task("web-1", kind=KIND, parameters={**GIVEN, **parameters})


def test_a_kind_says_which_of_its_parameters_are_secret() -> None:
    assert secret_parameters(KIND) == {"join_token", "password"}
    [view] = [view for view in kind_views() if view.name == KIND]
    assert view.parameters["properties"]["join_token"]["writeOnly"] is True
    assert "writeOnly" not in view.parameters["properties"]["address"]


async def test_the_node_gets_the_value_and_nobody_else(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await order(world)
        assert task.parameters == SHOWN
        [leased], _ = await lease(world, node.id)
        assert leased.parameters == {**GIVEN, "password": None}
        assert TOKEN not in repr(leased)
        [again], _ = await lease(world, node.id)
        assert again.parameters == leased.parameters
        result = {"cluster": "c-1", "admin_token": ADMIN_TOKEN}
        await report(world, node.id, task.id, result=result)
        shown = await world.tasks.show(ADMIN, Target(task.id))
        assert (shown.state, shown.result) == (TaskState.SUCCEEDED, {"cluster": "c-1", "admin_token": MASK})
        [listed] = rows_of(await world.tasks.list(ADMIN, TaskQuery()), TaskView)
        told = [
            msgspec.json.encode(listed),
            *[str(row).encode() for row in await world.rows("SELECT * FROM audit_log")],
            *[str(event).encode() for event in world.bus.published],
            *[line.text.encode() for line in await world.tasks.logs(ADMIN, Target(task.id), LogQuery())],
            stored_bytes(tmp_path),
        ]
        for secret in (TOKEN, ADMIN_TOKEN):
            assert not any(secret.encode() in text for text in told)
        opened = await world.database.read(lambda tx: world.secret_values.open(tx, task.id, "result"))
        assert opened == {"admin_token": ADMIN_TOKEN}


async def test_tried_again_with_the_same_values(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await order(world, password="pass-1")
        await lease(world, node.id)
        await report(world, node.id, task.id, "failed", error="no", retryable=False)
        await world.tasks.retry(ADMIN, Target(task.id))
        [leased], _ = await lease(world, node.id)
        assert leased.parameters == {**GIVEN, "password": "pass-1"}


async def test_what_was_shown_is_not_taken_for_the_value(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node()
        with pytest.raises(ValidationError, match="join_token is the mask of a value"):
            await order(world, join_token=MASK)


@pytest.mark.parametrize("fields", [{"result": ADMIN_TOKEN}, {"result": {"a": 1}, "truncated": True}])
async def test_a_result_of_which_nobody_knows_where_its_secrets_are_is_not_kept(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await order(world)
        await lease(world, node.id)
        await report(world, node.id, task.id, **fields)
        assert (await world.tasks.show(ADMIN, Target(task.id))).result is None
        assert ADMIN_TOKEN.encode() not in stored_bytes(tmp_path)


async def test_one_that_cannot_be_opened_fails_and_holds_up_no_other(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await order(world)
        other = await world.add_task("web-1")
        await world.database.write(
            lambda tx: tx.execute("UPDATE task_secret_values SET sealed_values = 'x.y'")
        )
        leased, _ = await lease(world, node.id)
        assert [one.id for one in leased] == [other.id]
        shown = await world.tasks.show(ADMIN, Target(task.id))
        assert shown.state is TaskState.FAILED
        assert shown.error is not None
        assert shown.error["code"] == "SECRET_UNREADABLE"
