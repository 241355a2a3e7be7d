"""Expiry of join tokens, at the moment when it comes."""

from __future__ import annotations

import logging

from nimbus.db import Database
from nimbus.fleet.enrolment.tokens import Tokens
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import Wakeup
from nimbus.protocol.attempts import Attempts

LONGEST_WAIT_S = 60.0
log = logging.getLogger("nimbus.enrolment")


class TokenExpiry:
    """`issued` is signalled when a token was made: its expiry has to be watched."""

    def __init__(self, database: Database, clock: Clock, tokens: Tokens, issued: Wakeup) -> None:
        self._database = database
        self._clock = clock
        self._tokens = tokens
        self._issued = issued

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "expired tokens could not be closed")
        wait = 0.0
        while True:
            await self._issued.wait(wait)
            wait = LONGEST_WAIT_S
            following = None
            with attempts:
                following = await self._database.write(self._tokens.close_expired)
            if following is not None:
                wait = min(LONGEST_WAIT_S, max(0.0, to_seconds(following - self._clock.now())) + 0.01)
