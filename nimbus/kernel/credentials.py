"""What a request shows to say who it is from. Each way of signing in is a recogniser; `nimbus.http` asks them in
turn, and whoever shows none, or two at once, is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from nimbus.kernel.access import Actor


class Presented(msgspec.Struct, frozen=True):
    """A request as far as it matters for recognition. `target` is path and query as sent."""

    method: str
    target: str
    body: bytes
    source: str
    request_id: str
    access_key: str = ""
    timestamp: str = ""
    signature: str = ""
    api_key: str = ""
    bearer: str = ""

    def __repr__(self) -> str:
        """Not what it was told in confidence."""
        return f"Presented({self.method} {self.target.partition('?')[0]})"


Recogniser = Callable[[Presented], Awaitable[Actor | None]]
"""None: the request shows nothing of this kind. Raises Unauthenticated when what it shows is wrong."""
