"""Deliveries from Trio: each in a thread, bounded in number and in time."""

from __future__ import annotations

import trio

from nimbus.correspondence.mail.records import Relay, Step
from nimbus.correspondence.mail.smtp import Delivery, DeliveryFailed

THREADS = 2
# A delivery has about ten steps; a relay that takes long for one of them is not to take long for each.
STEPS_IN_ALL = 3


class Sender:
    """A thread and not a library of its own: mail is rare and must not be quick, and the standard library's SMTP is
    what relays have been tried with for decades."""

    def __init__(self, threads: int = THREADS) -> None:
        self._limiter = trio.CapacityLimiter(threads)

    async def deliver(self, relay: Relay, sender: str, recipient: str, content: bytes) -> list[Step]:
        """The steps. Raises DeliveryFailed; when it is cancelled the connection ends."""
        delivery = Delivery(relay)
        error = await self.attempt(delivery, sender, recipient, content)
        if error is not None:
            raise error
        return delivery.steps

    async def attempt(
        self, delivery: Delivery, sender: str, recipient: str, content: bytes
    ) -> DeliveryFailed | None:
        """As `deliver`, for who wants the steps of a failure too: None when the relay has taken it."""
        at_most = STEPS_IN_ALL * delivery.timeout_s
        with trio.move_on_after(at_most):
            try:
                await trio.to_thread.run_sync(
                    delivery.run, sender, recipient, content, abandon_on_cancel=True, limiter=self._limiter
                )
                return None
            except DeliveryFailed as error:
                return error
            finally:
                # The thread does not know that nobody waits any more.
                delivery.abort()
        return DeliveryFailed(f"took longer than {at_most:g} s")
