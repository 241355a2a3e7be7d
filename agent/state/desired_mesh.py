"""The desired state of the mesh as this node knows it: members, revision, checksum.

A difference is taken in at once and written afterwards, what changed alone: the device does not wait for the
disk. A file that is behind costs nothing while the agent runs; after a start without the control plane the node
goes on with what the file has. What closes ports is written first, by whoever applies it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

import msgspec
import trio

from agent.state.database import StateUnwritable
from agent.state.documents import Section, SectionFile
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshPeer, MeshPorts

SECTION = "mesh"
# Raised when members have got a field: an older agent has stored them without it, and its successor asks for all of
# them once. Stored under a key that no node has.
FORMAT = b"1"
_FORMAT_KEY = "format"
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(MeshPeer)
_NOTHING_OPEN = MeshPorts()
log = logging.getLogger("nimbus.mesh")


class ChecksumMismatch(Exception):
    """The members do not add up to what the control plane has: ask for everything."""


class _Restricted(msgspec.Struct, frozen=True):
    """A member between whom and this node not everything is open, as stored: an agent that knows nothing of ports
    cannot read it, and so does not take it for a peer to whom all is open."""

    member: MeshPeer
    ports: MeshPorts


_restricted_decoder = msgspec.json.Decoder(_Restricted)


class DesiredMesh:
    """Belongs to the Trio thread. Made by `desired_mesh_of`; `file` None: it is kept in memory only."""

    def __init__(self, file: SectionFile | None = None) -> None:
        self._file = file
        self._unwritten: set[str] = set()
        self._must_last = False
        self._is_whole_unwritten = False
        self.revision = 0
        self.checksum = checksum.EMPTY
        self.peers: dict[str, MeshPeer] = {}
        # By id, what members name.
        self._ports: dict[str, MeshPorts] = {}
        self._stored = (self.revision, self.checksum)
        self._storing = trio.Lock()
        # Set when there is something to store.
        self.news = trio.Event()
        # The file could not be written: it does not have what is here.
        self.is_behind = False

    @property
    def _is_unwritten(self) -> bool:
        is_known = self._stored == (self.revision, self.checksum)
        return not is_known or self._is_whole_unwritten or bool(self._unwritten)

    def apply(self, delta: MeshDelta) -> tuple[list[MeshPeer], list[MeshPeer]]:
        """Take a difference in; the members that are new or changed, and those that are gone. It is written by the
        next `store`.

        Raises ChecksumMismatch, and has changed nothing then."""
        before = self.peers
        peers, total = self._added_up(delta)
        if total != delta.checksum:
            raise ChecksumMismatch
        self.peers, self.revision, self.checksum = peers, delta.revision, total
        self._take_in_ports(delta)
        changed = [peer for peer in delta.peers if not peer.removed and before.get(peer.node_id) != peer]
        gone = [before[node_id] for node_id in self._gone(before, delta) if node_id in before]
        self._unwritten.update(peer.node_id for peer in (*changed, *gone))
        self._must_last |= bool(gone) or any(peer.ports for peer in changed)
        self._is_whole_unwritten |= delta.since == 0
        self.news.set()
        return changed, gone

    def _take_in_ports(self, delta: MeshDelta) -> None:
        if not self._ports and not any(peer.ports for peer in delta.peers):
            return
        named = {peer.ports for peer in self.peers.values()} - {""}
        known = {**self._ports, **delta.ports}
        self._ports = {key: known.get(key, _NOTHING_OPEN) for key in named}

    @property
    def has_ports(self) -> bool:
        """There are members to whom not everything is open."""
        return bool(self._ports)

    def ports_of(self, peer: MeshPeer) -> MeshPorts | None:
        """What is open between this node and a member; None: everything."""
        return self._ports.get(peer.ports, _NOTHING_OPEN) if peer.ports else None

    def restricted(self, but: Collection[str]) -> dict[str, MeshPorts]:
        """By address, of members to whom not everything is open, other than those with these addresses. An address
        that several claim with different ports has none."""
        if not self._ports:
            return {}
        found: dict[str, MeshPorts] = {}
        for peer in self.peers.values():
            ports = self.ports_of(peer)
            if ports is not None and peer.address not in but:
                is_one = found.setdefault(peer.address, ports) == ports
                found[peer.address] = ports if is_one else _NOTHING_OPEN
        return found

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

    def rewrite(self) -> None:
        """The file was begun anew: everything has to be written."""
        self._is_whole_unwritten = True

    async def store(self) -> None:
        """Write what is not written yet; when it cannot be, the file stays behind until the next call."""
        async with self._storing:
            if self._file is not None and self._is_unwritten:
                await self._store(self._file)

    def _document(self, key: str) -> bytes | None:
        peer = self.peers.get(key)
        if peer is None:
            return None
        ports = self.ports_of(peer)
        return _encode(peer if ports is None else _Restricted(peer, ports))

    async def _store(self, file: SectionFile) -> None:
        whole, must_last = self._is_whole_unwritten, self._must_last
        keys = set(self.peers) if whole else set(self._unwritten)
        documents = {key: self._document(key) for key in keys}
        if whole:
            documents[_FORMAT_KEY] = FORMAT
        state = (self.revision, self.checksum)
        self._unwritten.clear()
        self._is_whole_unwritten = self._must_last = False
        try:
            # A member that was removed, or ports that were closed, must not come back with a power cut; all else
            # the control plane tells again.
            await file.save(*state, documents, whole=whole, durable=must_last)
        except BaseException as error:
            self._unwritten |= keys
            self._is_whole_unwritten |= whole
            self._must_last |= must_last
            if not isinstance(error, StateUnwritable):
                raise
            self.is_behind = True
            log.warning("the mesh of revision %d is applied, but not stored: %s", state[0], error)
        else:
            self._stored, self.is_behind = state, False


def desired_mesh_of(section: Section | None, file: SectionFile | None = None) -> DesiredMesh:
    """As it was stored. Members that do not add up are kept until the control plane, asked for all, has
    answered."""
    desired = DesiredMesh(file)
    if section is None:
        return desired
    total = checksum.EMPTY
    for key, document in section.documents.items():
        if key == _FORMAT_KEY:
            continue
        peer = _read(document, desired._ports)
        if peer is None:
            continue
        desired.peers[key] = peer
        total = checksum.added(total, peer)
    if section.documents.get(_FORMAT_KEY) != FORMAT:
        log.info("the mesh was stored by another version of the agent: asking for all of it")
    elif total == section.checksum:
        desired.revision, desired.checksum = section.revision, total
        desired._stored = (section.revision, total)
    else:
        log.warning("the stored mesh does not add up: asking for all of it")
    return desired


def _read(document: bytes, ports: dict[str, MeshPorts]) -> MeshPeer | None:
    """The member; what is open between it and this node comes into `ports`."""
    try:
        return _decoder.decode(document)
    except msgspec.DecodeError:
        pass
    try:
        stored = _restricted_decoder.decode(document)
    except msgspec.DecodeError:
        return None
    ports[stored.member.ports] = stored.ports
    return stored.member
