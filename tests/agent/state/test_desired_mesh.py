"""The stored mesh: differences in, checksum kept, whenever the agent is killed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.state.desired_mesh import ChecksumMismatch, DesiredMesh
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshPeer
from tests.kit.agent_state import FILE, killed, opened_state


class Hub:
    """The control plane's log, as simple as can be: every change with its revision."""

    def __init__(self) -> None:
        self.revision = 0
        self.rows: dict[str, tuple[int, MeshPeer]] = {}

    def change(self, peer: MeshPeer) -> None:
        self.revision += 1
        self.rows[peer.node_id] = (self.revision, peer)

    def delta(self, since: int) -> MeshDelta:
        total = checksum.EMPTY
        for _, peer in self.rows.values():
            if not peer.removed:
                total = checksum.added(total, peer)
        peers = tuple(peer for rev, peer in self.rows.values() if rev > since and (since or not peer.removed))
        return MeshDelta(since, self.revision, total, peers)

    def members(self) -> dict[str, MeshPeer]:
        return {peer.node_id: peer for _, peer in self.rows.values() if not peer.removed}


def peer(number: int, endpoint: int = 0, *, removed: bool = False) -> MeshPeer:
    return MeshPeer(f"n{number}", f"node-{number}", f"k{number}", f"10.0.0.{number}", f"e{endpoint}", removed)


CHANGES = st.lists(st.tuples(st.integers(2, 8), st.integers(0, 3), st.booleans()), min_size=1, max_size=25)


@settings(deadline=None, max_examples=40)
@given(changes=CHANGES, polls=st.sets(st.integers(0, 24)), kills=st.sets(st.integers(0, 24)))
def test_a_node_that_polls_now_and_then_has_the_members_in_the_end(
    changes: list[tuple[int, int, bool]],
    polls: set[int],
    kills: set[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async def play() -> None:
        root = tmp_path_factory.mktemp("desired")
        hub, folder = Hub(), root / "first"
        for step, (number, endpoint, removed) in enumerate(changes):
            hub.change(peer(number, endpoint, removed=removed))
            async with opened_state(folder) as state:
                if step in polls:
                    state.mesh.apply(hub.delta(state.mesh.revision))
                    await state.mesh.store()
                if step in kills:
                    folder = killed(folder, root / f"killed-{step}")
        async with opened_state(folder) as state:
            state.mesh.apply(hub.delta(state.mesh.revision))
            await state.mesh.store()
            assert state.mesh.peers == hub.members()
        async with opened_state(folder) as state:
            assert state.mesh.peers == hub.members()

    trio.run(play)


def three() -> tuple[Hub, MeshDelta]:
    hub = Hub()
    for number in (2, 3, 4):
        hub.change(peer(number))
    return hub, hub.delta(0)


def test_it_tells_what_changed_and_what_is_gone() -> None:
    hub, delta = three()
    desired = DesiredMesh()
    assert desired.apply(delta) == ([peer(2), peer(3), peer(4)], [])
    hub.change(peer(3, removed=True))
    hub.change(peer(4, endpoint=9))
    assert desired.apply(hub.delta(desired.revision)) == ([peer(4, endpoint=9)], [peer(3)])
    hub.change(peer(2, removed=True))
    assert desired.apply(hub.delta(0)) == ([], [peer(2)]), (
        "a whole state names nobody who is gone: they are missing"
    )


def test_a_wrong_checksum_changes_nothing() -> None:
    hub, delta = three()
    desired = DesiredMesh()
    desired.apply(delta)
    hub.change(peer(9))
    wrong = hub.delta(desired.revision)
    bad = MeshDelta(wrong.since, wrong.revision, "0" * 64, wrong.peers)
    with pytest.raises(ChecksumMismatch):
        desired.apply(bad)
    assert (desired.revision, len(desired.peers)) == (3, 3)


def test_a_difference_from_another_revision_is_refused() -> None:
    _, delta = three()
    with pytest.raises(ChecksumMismatch):
        DesiredMesh().apply(MeshDelta(2, delta.revision, delta.checksum, delta.peers))


async def test_members_that_do_not_add_up_are_kept_until_all_are_there_again(tmp_path: Path) -> None:
    hub, delta = three()
    async with opened_state(tmp_path / "d") as state:
        state.mesh.apply(delta)
        await state.mesh.store()
    connection = sqlite3.connect(tmp_path / "d" / FILE, isolation_level=None)
    connection.execute("DELETE FROM documents WHERE key = 'n3'")
    connection.close()
    async with opened_state(tmp_path / "d") as state:
        assert (state.mesh.revision, set(state.mesh.peers)) == (0, {"n2", "n4"})
        state.mesh.apply(hub.delta(state.mesh.revision))
        await state.mesh.store()
    async with opened_state(tmp_path / "d") as state:
        assert (state.mesh.revision, state.mesh.peers) == (3, hub.members())


async def test_a_difference_writes_what_changed_alone(tmp_path: Path) -> None:
    hub = Hub()
    for number in range(2, 500):
        hub.change(peer(number))
    async with opened_state(tmp_path / "d") as state:
        state.mesh.apply(hub.delta(0))
        await state.mesh.store()
        hub.change(peer(7, endpoint=3))
        state.mesh.apply(hub.delta(state.mesh.revision))
        before = await state.database.perform(lambda connection: connection.total_changes)
        await state.mesh.store()
        after = await state.database.perform(lambda connection: connection.total_changes)
    assert after - before <= 4


async def test_what_an_older_agent_stored_is_used_and_asked_for_as_a_whole(tmp_path: Path) -> None:
    """It did not know every field of a member, and has the newest revision all the same."""
    hub = Hub()
    hub.change(peer(2))
    async with opened_state(tmp_path / "first") as state:
        state.mesh.apply(hub.delta(0))
        await state.mesh.store()
        folder = killed(tmp_path / "first", tmp_path / "second")
    connection = sqlite3.connect(folder / FILE)
    connection.execute("DELETE FROM documents WHERE section = 'mesh' AND key = 'format'")
    connection.commit()
    connection.close()
    async with opened_state(folder) as state:
        assert (state.mesh.revision, state.mesh.peers) == (0, hub.members())
        state.mesh.apply(hub.delta(0))
        await state.mesh.store()
    async with opened_state(folder) as state:
        assert (state.mesh.revision, state.mesh.peers) == (1, hub.members())
        # A difference leaves it as it is.
        hub.change(peer(3))
        state.mesh.apply(hub.delta(1))
        await state.mesh.store()
    async with opened_state(folder) as state:
        assert (state.mesh.revision, state.mesh.peers) == (2, hub.members())
