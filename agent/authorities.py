"""Which certificate authorities the control plane has, as it says: kept where every connection reads them.

While one follows the other there are two, the one that signs now first (`nimbus.protocol.node_section`).
"""

from __future__ import annotations

import logging
import ssl

import trio

from agent.directory import AgentDirectory

RETRY_S = 30.0
log = logging.getLogger("nimbus.agent")


class Authorities:
    """Belongs to the Trio thread. `changed` is set anew each time that others are in place."""

    def __init__(self, directory: AgentDirectory, told: str = "") -> None:
        """`told` "": nothing since the join."""
        self._directory = directory
        self._told = told
        self._in_place = ""
        self._news = trio.Event()
        self.changed = trio.Event()

    @property
    def is_current(self) -> bool:
        """What was told last is in place."""
        return self._told == self._in_place

    def use(self, told: str) -> None:
        if told and told != self._told:
            self._told = told
            self._news.set()

    async def run(self) -> None:
        """Put what is told in place, until cancelled; first what was told before the agent started."""
        while True:
            if not self.is_current and not await self._put_in_place(self._told):
                await trio.sleep(RETRY_S)
                continue
            await self._news.wait()
            self._news = trio.Event()

    async def _put_in_place(self, told: str) -> bool:
        try:
            changes = await trio.to_thread.run_sync(self._directory.trust, told)
        except (OSError, ssl.SSLError) as error:
            log.error("the control plane's certificate authorities cannot be stored; retrying: %s", error)
            return False
        self._in_place = told
        if changes:
            log.info("the control plane's certificate authorities changed; the new ones are now trusted")
            changed, self.changed = self.changed, trio.Event()
            changed.set()
        return True
