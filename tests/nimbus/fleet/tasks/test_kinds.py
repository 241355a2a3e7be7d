"""What there is to be ordered, as a form can be made of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import trio
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from nimbus.fleet.operations.records import OperationRequest
from nimbus.fleet.operations.rules import check_request
from nimbus.fleet.tasks.records import TaskRequest
from nimbus.fleet.tasks.rules import kind_views, parameter_schema
from nimbus.kernel.access import ANONYMOUS
from nimbus.kernel.errors import Forbidden, ValidationError
from nimbus.protocol.kinds import KINDS, decode_parameters
from tests.kit.control_plane import control_plane
from tests.kit.records import ADMIN
from tests.kit.slices import slices


class _Inner(msgspec.Struct):
    text: str


class _Outer(msgspec.Struct):
    inner: _Inner


def test_every_kind_with_its_limits() -> None:
    views = {view.name: view for view in kind_views()}
    assert list(views) == sorted(name for name, kind in KINDS.items() if not kind.is_part)
    probe = views["mesh_probe"]
    assert (probe.timeout_s, probe.max_attempts, probe.retryable) == (120, 3, True)
    assert probe.summary.startswith("Measure")


def test_schemas_are_objects_whose_fields_are_explained() -> None:
    for view in kind_views():
        Draft202012Validator.check_schema(view.parameters)
        assert view.parameters["type"] == "object"
        for name, field in view.parameters["properties"].items():
            assert field["description"], (view.name, name)


@pytest.mark.parametrize("count", [0, 1, 20, 21, "5", None])
def test_a_schema_takes_what_the_control_plane_takes(count: object) -> None:
    schema = next(view.parameters for view in kind_views() if view.name == "mesh_probe")
    try:
        decode_parameters("mesh_probe", {"count": count})
        taken = True
    except msgspec.ValidationError:
        taken = False
    assert Draft202012Validator(schema).is_valid({"count": count}) == taken


def test_types_inside_stay_referred_to() -> None:
    schema = parameter_schema(_Outer)
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid({"inner": {"text": "x"}})
    assert not Draft202012Validator(schema).is_valid({"inner": {"text": 1}})


async def test_they_are_for_whoever_may_read_tasks(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        assert await world.tasks.kinds(ADMIN) == kind_views()
        with pytest.raises(Forbidden):
            await world.tasks.kinds(ANONYMOUS)


async def test_over_the_api(tmp_path: Path) -> None:
    with trio.fail_after(30):
        async with control_plane(tmp_path) as plane:
            found = await plane.get("/api/v1/tasks/kinds")
            assert found == msgspec.to_builtins(kind_views())


async def test_what_is_a_part_is_not_ordered_alone(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        with pytest.raises(ValidationError, match="part of something larger"):
            await world.tasks.create(ADMIN, TaskRequest(node="n1", kind="edge_deploy", parameters={}))
    with pytest.raises(ValidationError, match="part of something larger"):
        check_request(OperationRequest(name="x", nodes=["n1"], kind="edge_deploy"))
