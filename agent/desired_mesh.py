"""The desired state of the mesh as this node knows it: members, revision, checksum; kept on disk.

The file is one full state and the differences since, a line each, so that what a change costs does not grow with
the mesh. Across a restart without the control plane the node goes on with the last of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from nimbus.protocol import checksum
from nimbus.protocol.files import private_directory, sync_directory, write_atomically
from nimbus.protocol.messages import MeshDelta, MeshPeer

_COMPACT_AFTER = 200


class ChecksumMismatch(Exception):
    """The members do not add up to what the control plane has: ask for everything."""


class DesiredMesh:
    """Made by `open_desired_mesh`. Methods block."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._deltas = 0
        self.revision = 0
        self.checksum = checksum.EMPTY
        self.peers: dict[str, MeshPeer] = {}

    def apply(self, delta: MeshDelta) -> tuple[list[MeshPeer], list[MeshPeer]]:
        """Take a difference in and store it; the members that are new or changed, and those that are gone.

        Raises ChecksumMismatch, and has changed nothing then."""
        before = dict(self.peers)
        peers, total = self._added_up(delta)
        if total != delta.checksum:
            raise ChecksumMismatch
        self._store(delta)
        self.peers, self.revision, self.checksum = peers, delta.revision, total
        changed = [peer for peer in delta.peers if not peer.removed and before.get(peer.node_id) != peer]
        gone = [before[node_id] for node_id in self._gone(before, delta) if node_id in before]
        return changed, gone

    def _gone(self, before: dict[str, MeshPeer], delta: MeshDelta) -> list[str]:
        if delta.since == 0:
            return [node_id for node_id in before if node_id not in self.peers]
        return [peer.node_id for peer in delta.peers if peer.removed]

    def _added_up(self, delta: MeshDelta) -> tuple[dict[str, MeshPeer], str]:
        if delta.since not in (0, self.revision):
            raise ChecksumMismatch
        peers = {} if delta.since == 0 else dict(self.peers)
        total = checksum.EMPTY if delta.since == 0 else self.checksum
        for peer in delta.peers:
            old = peers.pop(peer.node_id, None)
            if old is not None:
                total = checksum.taken_away(total, old)
            if not peer.removed:
                peers[peer.node_id] = peer
                total = checksum.added(total, peer)
        return peers, total

    def _store(self, delta: MeshDelta) -> None:
        line = msgspec.json.encode(delta) + b"\n"
        if delta.since == 0:
            write_atomically(self._file, line)
            self._deltas = 0
            return
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, line)
            os.fdatasync(handle)
        finally:
            os.close(handle)
        self._deltas += 1

    def compact(self) -> None:
        """Write the full state anew when many differences have come."""
        if self._deltas >= _COMPACT_AFTER:
            self._write_whole()

    def _write_whole(self) -> None:
        full = MeshDelta(0, self.revision, self.checksum, tuple(self.peers.values()))
        write_atomically(self._file, msgspec.json.encode(full) + b"\n")
        self._deltas = 0

    def load(self) -> None:
        """Replay the file as far as it is whole; what a crash left unfinished is written anew."""
        content = self._file.read_bytes() if self._file.exists() else b""
        whole = content.endswith(b"\n") or not content
        for line in content.splitlines():
            try:
                delta = msgspec.json.decode(line, type=MeshDelta)
                self.peers, self.checksum = self._added_up(delta)
            except (msgspec.DecodeError, ChecksumMismatch):
                whole = False
                break
            self.revision = delta.revision
            self._deltas += 1
        if not whole:
            self._write_whole()


def open_desired_mesh(folder: Path) -> DesiredMesh:
    private_directory(folder)
    sync_directory(folder.parent)
    desired = DesiredMesh(folder / "mesh.jsonl")
    desired.load()
    return desired
