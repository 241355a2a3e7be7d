"""The relay served, for as long as the control plane runs."""

from __future__ import annotations

import logging

import trio

from nimbus.fleet.relay.pairs import Pairs
from nimbus.kernel.attempts import Attempts
from nimbus.wireguard.forwarding import Forwarder, RelayCounters
from nimbus.wireguard.relay_server import RelayServer

RETRY_S = 5.0
log = logging.getLogger("nimbus.relay")


class Relay:
    """`interface` and `address` are the control plane's own in the mesh."""

    def __init__(self, interface: str, address: str, pairs: Pairs) -> None:
        self._pairs = pairs
        self._forwarder = Forwarder(pairs.may_pass)
        self._server = RelayServer(interface, address, self._forwarder)

    @property
    def counters(self) -> RelayCounters:
        return self._forwarder.counters

    async def run(self) -> None:
        """Until cancelled; a failure is logged, and tried again."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_members)
            attempts = Attempts(log, "the relay for nodes does not run", "trying again")
            while True:
                with attempts:
                    await self._server.run()
                await trio.sleep(RETRY_S)

    async def _follow_members(self) -> None:
        attempts = Attempts(log, "the relay does not know the members of the mesh", "trying again")
        while True:
            with attempts:
                await self._pairs.load()
                await self._pairs.wait_changed()
            if attempts.failed:
                await trio.sleep(RETRY_S)
