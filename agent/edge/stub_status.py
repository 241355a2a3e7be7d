"""What nginx counts by itself (`ngx_http_stub_status_module`)."""

from __future__ import annotations

import re
from pathlib import Path

from agent.edge.nginx import GENERATION_SOCKET, asked
from nimbus.protocol.edge import NginxCounts

_COUNTS = re.compile(
    r"Active connections: (\d+)\s+server accepts handled requests\s+(\d+) (\d+) (\d+)\s+"
    r"Reading: (\d+) Writing: (\d+) Waiting: (\d+)",
    re.ASCII,
)


async def counts(folder: Path) -> NginxCounts | None:
    """None when it does not answer."""
    return parsed(await asked(folder / GENERATION_SOCKET, "/status"))


def parsed(text: str) -> NginxCounts | None:
    found = _COUNTS.search(text)
    if found is None:
        return None
    active, accepted, handled, requests, reading, writing, waiting = map(int, found.groups())
    return NginxCounts(active, accepted, handled, requests, reading, writing, waiting)
