"""What carries datagrams over TLS, as its users see it: the library for it is loaded when there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class NoWay(Exception):
    """The API is not reached, does not take the connection, or ended it; says why."""


class Connection(Protocol):
    async def send(self, datagrams: Sequence[bytes]) -> None:
        """Raises NoWay, trio.BrokenResourceError."""

    async def receive(self) -> list[bytes]:
        """One datagram or more. Raises NoWay, trio.BrokenResourceError."""

    async def close(self) -> None:
        """At once."""
