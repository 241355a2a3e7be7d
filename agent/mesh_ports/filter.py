"""What is open to which peer: in place before the device has the peer, and only then opened."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import trio

from agent.firewall.nft import Nft, NftFailed
from agent.mesh_ports.table import (
    NAME,
    Command,
    Peers,
    change,
    has_peers,
    parts_of,
    peers_in,
    removal,
    sample,
    whole,
)
from nimbus.protocol.messages import MeshPorts

T = TypeVar("T")
_CLOSED = MeshPorts()
# After so many failures in a row the control plane is told: once may be the moment.
MOST_FAILURES = 3
# How long it is not tried whether ports can be kept, where they could not be.
REST_S = 60.0
log = logging.getLogger("nimbus.mesh")


class PortFilter:
    """Belongs to the Trio thread; nft runs in one worker thread at a time. `interface` is the mesh's."""

    def __init__(self, interface: str, nft: Nft | None = None) -> None:
        self._interface = interface
        self._nft = nft or Nft(table=NAME)
        self._limiter = trio.CapacityLimiter(1)
        # By address, what the table has for certain; `_is_known`: it has this and nothing else.
        self._in_place: dict[str, MeshPorts] = {}
        self._is_known = True
        self._is_there = False
        # Addresses that an earlier run has left in the table.
        self._left: set[str] = set()
        # Of each chain, how nft listed it after it was made.
        self._as_listed: dict[str, list[Any]] = {}
        self._failures = 0
        self._tried_at = float("-inf")
        self._is_able = False
        self.problem = ""

    @property
    def keeps_ports(self) -> bool:
        """This machine can filter by port."""
        return self._is_able and self._failures < MOST_FAILURES

    @property
    def is_used(self) -> bool:
        """There is, or was, somebody to whom not everything is open."""
        return self._is_there or bool(self._in_place)

    def holds(self, address: str, ports: MeshPorts | None) -> bool:
        """Whether no packet passes to or from the peer that its ports (None: all) do not let through."""
        return ports is None or self._in_place.get(address) == ports

    async def start(self) -> None:
        """What an earlier run has left stays closed until `open`."""
        await self._try()
        try:
            listed = await self._in_thread(self._nft.read)
        except NftFailed:
            # Without nft there is no table of ours either.
            return
        self._is_there = bool(listed)
        self._is_known = not listed
        self._left = peers_in(listed)

    async def _try(self) -> None:
        self._tried_at = trio.current_time()
        try:
            await self._in_thread(lambda: self._nft.check(sample()))
        except NftFailed as failed:
            self._is_able, self.problem = False, str(failed)
        else:
            self._is_able, self.problem, self._failures = True, "", 0

    async def close(self, wanted: Peers) -> None:
        """Before the device gets its peers. To peers of before nothing is opened. It may fail: `holds` says what is
        in place."""
        await self._set(dict.fromkeys(self._left, _CLOSED) | self._in_place | dict(wanted))

    async def open(self, wanted: Peers) -> None:
        """The device has its peers: what was closed to others is not any more."""
        if wanted:
            await self._set(dict(wanted))
        elif self._is_there and await self._is_done(removal()):
            self._in_place, self._left, self._as_listed = {}, set(), {}
            self._is_there, self._is_known = False, True

    async def _set(self, peers: dict[str, MeshPorts]) -> None:
        before = self._in_place
        if self._is_known and peers == before:
            return
        is_change = self._is_known and self._is_there
        self._is_known = await self._is_done(
            change(before, peers) if is_change else whole(peers, self._interface)
        )
        if self._is_known:
            self._in_place, self._left, self._is_there = peers, set(), True
            self._as_listed = self._as_listed if is_change else {}
        else:
            # It may have been done before it failed: what is so in either case.
            self._in_place = {
                address: ports for address, ports in before.items() if peers.get(address) == ports
            }

    async def _is_done(self, commands: Command) -> bool:
        try:
            await self._in_thread(lambda: self._nft.apply(commands))
        except NftFailed as failed:
            self._note(failed)
            return False
        self.problem, self._failures = "", 0
        return True

    def _note(self, failed: NftFailed) -> None:
        self._failures += 1
        if self.problem != str(failed):
            log.error("%s", failed)
        self.problem = str(failed)

    async def look(self) -> None:
        """Whether the table is as it was set: if not, the next `close` makes it anew."""
        if not self.keeps_ports and trio.current_time() >= self._tried_at + REST_S:
            await self._try()
        if not self._is_there or not self._is_known:
            return
        try:
            listed = await self._in_thread(self._nft.read)
        except NftFailed as failed:
            self._note(failed)
            return
        parts = parts_of(listed)
        known = {chain: self._as_listed.get(chain, part) for chain, part in parts.items()}
        if has_peers(listed, self._in_place) and parts == known:
            self._as_listed = parts
            return
        log.warning("mending the ports of the mesh: their table was changed by another program")
        self._is_known, self._in_place, self._left = False, {}, self._left | self._in_place.keys()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._limiter)
