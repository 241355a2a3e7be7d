"""Waiting for what gives no signal: ask again until a deadline."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

T = TypeVar("T")


class NotInTime(AssertionError):
    """What was waited for did not come."""


async def wait_until(
    what: str, question: Callable[[], Awaitable[T]], *, timeout: float = 10.0, interval: float = 0.1
) -> T:
    """The first truthy answer. Raises NotInTime after `timeout` seconds, with the last answer."""
    deadline = time.monotonic() + timeout
    while True:
        answer = await question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {timeout:g} s: {what} (last: {answer!r})")
        await trio.sleep(interval)
