"""The stored mesh: differences in, checksum kept, whatever the file went through."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.desired_mesh import ChecksumMismatch, DesiredMesh, open_desired_mesh
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshPeer


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


@settings(deadline=None, max_examples=80)
@given(changes=CHANGES, polls=st.sets(st.integers(0, 24)), restarts=st.sets(st.integers(0, 24)))
def test_a_node_that_polls_now_and_then_has_the_members_in_the_end(
    changes: list[tuple[int, int, bool]],
    polls: set[int],
    restarts: set[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("desired") / "d"
    hub, desired = Hub(), open_desired_mesh(folder)
    for step, (number, endpoint, removed) in enumerate(changes):
        hub.change(peer(number, endpoint, removed=removed))
        if step in polls:
            desired.apply(hub.delta(desired.revision))
        if step in restarts:
            desired = open_desired_mesh(folder)
    desired.apply(hub.delta(desired.revision))
    assert desired.peers == hub.members()
    assert open_desired_mesh(folder).peers == hub.members()


def three() -> tuple[Hub, MeshDelta]:
    hub = Hub()
    for number in (2, 3, 4):
        hub.change(peer(number))
    return hub, hub.delta(0)


def test_it_tells_what_changed_and_what_is_gone(tmp_path: Path) -> None:
    hub, delta = three()
    desired = open_desired_mesh(tmp_path / "d")
    assert desired.apply(delta) == ([peer(2), peer(3), peer(4)], [])
    hub.change(peer(3, removed=True))
    hub.change(peer(4, endpoint=9))
    assert desired.apply(hub.delta(desired.revision)) == ([peer(4, endpoint=9)], [peer(3)])
    hub.change(peer(2, removed=True))
    assert desired.apply(hub.delta(0)) == ([], [peer(2)]), (
        "a whole state names nobody who is gone: they are missing"
    )


def test_a_wrong_checksum_changes_nothing(tmp_path: Path) -> None:
    hub, delta = three()
    desired = open_desired_mesh(tmp_path / "d")
    desired.apply(delta)
    hub.change(peer(9))
    wrong = hub.delta(desired.revision)
    bad = MeshDelta(wrong.since, wrong.revision, "0" * 64, wrong.peers)
    with pytest.raises(ChecksumMismatch):
        desired.apply(bad)
    assert (desired.revision, len(desired.peers)) == (3, 3)
    assert open_desired_mesh(tmp_path / "d").revision == 3


def test_a_difference_from_another_revision_is_refused(tmp_path: Path) -> None:
    _, delta = three()
    desired = open_desired_mesh(tmp_path / "d")
    with pytest.raises(ChecksumMismatch):
        desired.apply(MeshDelta(2, delta.revision, delta.checksum, delta.peers))


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_file_is_used_as_far_as_it_is_whole(tmp_path: Path, cut: int) -> None:
    hub, delta = three()
    desired = open_desired_mesh(tmp_path / "d")
    desired.apply(delta)
    hub.change(peer(9))
    desired.apply(hub.delta(3))
    file = tmp_path / "d" / "mesh.jsonl"
    os.truncate(file, file.stat().st_size - cut)
    again = open_desired_mesh(tmp_path / "d")
    assert again.revision in (0, 3, 4)
    again.apply(hub.delta(again.revision))
    assert again.peers == hub.members()
    assert open_desired_mesh(tmp_path / "d").peers == hub.members()


def test_many_differences_become_one_state(tmp_path: Path) -> None:
    hub, delta = three()
    desired: DesiredMesh = open_desired_mesh(tmp_path / "d")
    desired.apply(delta)
    for endpoint in range(300):
        hub.change(peer(2, endpoint))
        desired.apply(hub.delta(desired.revision))
        desired.compact()
    lines = (tmp_path / "d" / "mesh.jsonl").read_bytes().splitlines()
    assert len(lines) <= 201
    assert open_desired_mesh(tmp_path / "d").peers == hub.members()
