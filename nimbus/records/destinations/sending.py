"""One batch to one destination, by its protocol."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import trio

from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.sealing import Sealer
from nimbus.records.audit.records import AuditView
from nimbus.records.destinations.reach import NotDelivered, Reach
from nimbus.records.destinations.records import MAX_DESTINATIONS, Batch, DeliveryStep, Destination
from nimbus.records.destinations.rules import parse_target
from nimbus.records.destinations.syslog import SyslogDelivery, messages
from nimbus.records.destinations.webhook import post

# Connecting, TLS, sending and closing; one that takes long for one of them is not to take long for each.
IN_ALL_S = 45.0


def secret_context(destination_id: str) -> str:
    return f"audit-destination:{destination_id}"


class Sender:
    def __init__(self, clock: Clock, sealer: Sealer, reach: Reach) -> None:
        self._clock = clock
        self._sealer = sealer
        self._reach = reach
        # One more, for a test.
        self._limiter = trio.CapacityLimiter(MAX_DESTINATIONS + 1)

    async def send(
        self, destination: Destination, rows: Sequence[AuditView], *, test: bool = False
    ) -> list[DeliveryStep]:
        """The steps. Raises NotDelivered."""
        steps: list[DeliveryStep] = []
        error = await self.attempt(destination, rows, steps, test=test)
        if error is not None:
            raise error
        return steps

    async def attempt(
        self,
        destination: Destination,
        rows: Sequence[AuditView],
        steps: list[DeliveryStep],
        *,
        test: bool = False,
    ) -> NotDelivered | None:
        """As `send`, for who wants the steps of a failure too."""
        target = parse_target(destination.target)
        with trio.move_on_after(IN_ALL_S):
            try:
                addresses = await self._reach.addresses(target)
                if target.kind == "syslog":
                    delivery = SyslogDelivery(target, addresses, destination.ca_pem)
                    delivery.steps = steps
                    await self._by_syslog(delivery, messages(rows, socket.gethostname()))
                else:
                    sealed = destination.sealed_secret
                    secret = self._sealer.open(sealed, secret_context(destination.id))
                    batch = Batch(destination.name, test, rows[0].sequence, rows[-1].sequence, list(rows))
                    at_s = int(to_seconds(self._clock.now()))
                    await post(target, addresses, destination.ca_pem, secret, batch, at_s, steps)
            except NotDelivered as error:
                return error
            return None
        return NotDelivered(f"it took longer than {IN_ALL_S:g} s")

    async def _by_syslog(self, delivery: SyslogDelivery, content: bytes) -> None:
        try:
            await trio.to_thread.run_sync(
                delivery.run, content, abandon_on_cancel=True, limiter=self._limiter
            )
        finally:
            # The thread does not know that nobody waits any more.
            delivery.abort()
