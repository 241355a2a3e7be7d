"""The files of agents before the state file: taken over once, whenever that is interrupted."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent.state.old_files import OldFiles
from nimbus.protocol.messages import LeasedTask, MeshDelta, MetricSample, SystemMetrics, TaskResult
from tests.agent.state.test_desired_mesh import Hub, peer
from tests.kit.agent_state import fill, lease, opened_state, small_disk, succeeded
from tests.kit.polling import eventually_so


def entry(
    step: str, task_id: str, lease: LeasedTask | None = None, result: TaskResult | None = None
) -> bytes:
    """As the earlier agent wrote it."""
    fields = {"step": step, "id": task_id, "lease": lease, "result": result}
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None}) + b"\n"


def old_agent(folder: Path) -> Hub:
    """Three tasks (accepted, started, finished), one that is over, a mesh, two files of metrics."""
    folder.mkdir(exist_ok=True)
    lines = [entry("accepted", name, lease(name)) for name in ("a", "b", "c", "over")]
    lines += [entry("started", name) for name in ("b", "c", "over")]
    lines += [entry("finished", name, result=succeeded()) for name in ("c", "over")]
    lines += [entry("reported", "over"), b'{"step": "accep']
    (folder / "journal.jsonl").write_bytes(b"".join(lines))
    hub = Hub()
    (folder / "desired").mkdir()
    deltas = [hub.delta(0)]
    for number in (2, 3, 4):
        hub.change(peer(number))
        deltas.append(hub.delta(hub.revision - 1))
    whole = MeshDelta(0, 1, deltas[1].checksum, deltas[1].peers)
    (folder / "desired" / "mesh.jsonl").write_bytes(
        b"".join(msgspec.json.encode(delta) + b"\n" for delta in (whole, *deltas[2:]))
    )
    for name, numbers in (("metrics.1.jsonl", (1, 2)), ("metrics.jsonl", (3, 4))):
        samples = [msgspec.json.encode(MetricSample(float(n), SystemMetrics())) for n in numbers]
        (folder / name).write_bytes(b"\n".join(samples) + b"\n")
    return hub


async def taken_over(folder: Path, hub: Hub) -> None:
    async with opened_state(folder) as state:
        held = state.journal.held()
        assert {name: (task.starts, task.result) for name, task in held.items()} == {
            "a": (0, None),
            "b": (1, None),
            "c": (1, succeeded()),
        }
        assert (state.mesh.revision, state.mesh.peers) == (3, hub.members())

        async def is_done() -> bool:
            await state._catch_up()
            return not OldFiles(folder).are_there

        await eventually_so(is_done, "the old files have gone")
        batch = await state.backlog.batch()
        assert batch is not None
        assert [one.at for one in batch.samples] == [1.0, 2.0, 3.0, 4.0]
        assert state.check().healthy


async def test_they_are_taken_over_and_go(tmp_path: Path) -> None:
    hub = old_agent(tmp_path / "d")
    await taken_over(tmp_path / "d", hub)
    assert not (tmp_path / "d" / "desired").exists()
    async with opened_state(tmp_path / "d") as state:
        assert list(state.journal.held()) == ["a", "b", "c"]
        assert state.mesh.peers == hub.members()


async def test_an_interruption_after_they_were_written_changes_nothing(tmp_path: Path) -> None:
    hub = old_agent(tmp_path / "d")
    kept = {file: file.read_bytes() for file in (tmp_path / "d").rglob("*.jsonl")}
    async with opened_state(tmp_path / "d"):
        pass
    (tmp_path / "d" / "desired").mkdir(exist_ok=True)
    for file, content in kept.items():
        file.write_bytes(content)
    async with opened_state(tmp_path / "d") as state:
        await state._catch_up()
        assert list(state.journal.held()) == ["a", "b", "c"]
        assert state.journal.held()["c"].result == succeeded()
        assert state.mesh.peers == hub.members()
        assert not OldFiles(tmp_path / "d").are_there


async def test_a_newer_result_in_them_counts(tmp_path: Path) -> None:
    """An older agent ran here in between."""
    async with opened_state(tmp_path / "d") as state:
        await state.journal.accept([lease("c")])
        await state.journal.start("c")
    old_agent(tmp_path / "d")
    async with opened_state(tmp_path / "d") as state:
        assert state.journal.held()["c"].result == succeeded()


@pytest.mark.root
async def test_on_a_full_disk_they_stay_until_they_are_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "d") as folder:
        hub = old_agent(folder)
        filling = fill(folder)
        async with opened_state(folder) as state:
            assert list(state.journal.held()) == ["a", "b", "c"]
            assert state.mesh.peers == hub.members()
            assert not state.check().healthy
        assert OldFiles(folder).are_there
        filling.unlink()
        await taken_over(folder, hub)
