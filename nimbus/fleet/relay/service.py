"""The relay served, for as long as the control plane runs."""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from nimbus.protocol.attempts import Attempts
from nimbus.wireguard.forwarding import Forwarder, RelayCounters
from nimbus.wireguard.relay_server import RelayServer

RETRY_S = 5.0
log = logging.getLogger("nimbus.relay")


class Relay:
    """`interface` and `address` are the control plane's own in the mesh; `may_talk` tells of two members' overlay
    addresses whether anything goes between them."""

    def __init__(self, interface: str, address: str, may_talk: Callable[[str, str], bool]) -> None:
        self._forwarder = Forwarder(may_talk)
        self._server = RelayServer(interface, address, self._forwarder)

    @property
    def counters(self) -> RelayCounters:
        return self._forwarder.counters

    async def run(self) -> None:
        """Until cancelled; a failure is logged, and tried again."""
        attempts = Attempts(log, "the relay for nodes does not run", "trying again")
        while True:
            with attempts:
                await self._server.run()
            await trio.sleep(RETRY_S)
