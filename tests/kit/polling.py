"""Waiting for what has no event of its own: polling with a deadline, never a guess."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import trio

INTERVAL_S = 0.02


async def eventually(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Until `condition()` is true. Fails the test, naming `what`, when it is not within `seconds`."""
    with trio.move_on_after(seconds) as scope:
        while not condition():
            await trio.sleep(INTERVAL_S)
    assert not scope.cancelled_caught, f"not within {seconds} s: {what}"


async def eventually_so(
    condition: Callable[[], Awaitable[object]], what: str, seconds: float = 20, interval: float = INTERVAL_S
) -> None:
    """As `eventually`, for a condition that has to be awaited. Each look is let finish."""
    deadline = trio.current_time() + seconds
    while not await condition():
        assert trio.current_time() < deadline, f"not within {seconds} s: {what}"
        await trio.sleep(interval)


def until(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    """`eventually` for a test that blocks: of real processes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(INTERVAL_S)
