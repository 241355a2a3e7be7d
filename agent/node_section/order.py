"""What the running agent has a process of its own ask, over a pipe: it may hold the password of a proxy."""

from __future__ import annotations

import msgspec

from agent.http_proxy.proxy import DIRECT, HttpProxy


class OutsideOrder(msgspec.Struct, frozen=True):
    """`urls` of the API, in the order in which they are asked."""

    urls: tuple[str, ...]
    proxy: HttpProxy = DIRECT
