"""Passwords as they are stored: bcrypt (cost 12) over base64(SHA-256(NFKC password)).

bcrypt reads 72 bytes and stops at a zero byte; the digest in base64 is 44 bytes without zeros, so that every byte
of a long password counts. Stored as `bcrypt-sha256:` and bcrypt's own form.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import TypeVar

import bcrypt
import trio

from nimbus.kernel.errors import Unavailable
from nimbus.people.identity.rules import normalized

COST = 12
THREADS = 2
# Sign-ins that wait for a thread; at cost 12 they are through within half a minute.
MAX_WAITING = 64
_PREFIX = "bcrypt-sha256:"
T = TypeVar("T")


class PasswordHasher:
    """Hashes in threads of its own number. Methods raise Unavailable when too many wait already."""

    def __init__(self, *, cost: int = COST, threads: int = THREADS, max_waiting: int = MAX_WAITING) -> None:
        self._cost = cost
        self._limiter = trio.CapacityLimiter(threads)
        self._max_waiting = max_waiting
        # No password fits it. Who is not there is checked against it, and takes as long.
        self._nobody = f"{_PREFIX}$2b${cost:02d}$" + "N" * 21 + "." * 32

    async def hash(self, password: str) -> str:
        digest = _digest(password)
        return await self._in_thread(
            lambda: _PREFIX + bcrypt.hashpw(digest, bcrypt.gensalt(self._cost)).decode()
        )

    async def verify(self, password: str, stored: str) -> bool:
        """`stored` "": there is no password, or no such user; never true, and as slow."""
        digest = _digest(password)
        known = stored.startswith(_PREFIX)
        wanted = (stored if known else self._nobody).removeprefix(_PREFIX).encode()
        return await self._in_thread(lambda: bcrypt.checkpw(digest, wanted)) and known

    def is_outdated(self, stored: str) -> bool:
        """Hashed at another cost than today's."""
        return not stored.startswith(f"{_PREFIX}$2b${self._cost:02d}$")

    async def _in_thread(self, function: Callable[[], T]) -> T:
        waiting = self._limiter.statistics().tasks_waiting
        if waiting >= self._max_waiting:
            raise Unavailable("too many sign-ins at the same time", next_step="Try again in a few seconds.")
        return await trio.to_thread.run_sync(function, limiter=self._limiter)


def _digest(password: str) -> bytes:
    text = normalized(password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.sha256(text).digest())
