"""Where the agent serves its metrics: to this machine alone."""

from __future__ import annotations

import re
from typing import NamedTuple

from nimbus.protocol.errors import UsageError

_LOOPBACK = re.compile(r"(127(?:\.\d{1,3}){3}|\[::1\]|localhost):(\d{1,5})", re.ASCII)


class MetricsPlace(NamedTuple):
    """`path` of a Unix socket, or else a port on loopback."""

    path: str = ""
    host: str = ""
    port: int = 0


def parse_place(text: str) -> MetricsPlace | None:
    """Of `unix:PATH` or `127.0.0.1:PORT`; None for "". Raises UsageError: who reads it shall be on this machine."""
    if not text:
        return None
    path = text.removeprefix("unix:")
    if path != text and path.startswith("/"):
        return MetricsPlace(path=path)
    found = _LOOPBACK.fullmatch(text)
    if found is None or not 1 <= int(found[2]) <= 65535:
        raise UsageError(
            "metrics must be unix:/PATH, or an address of loopback with a port such as 127.0.0.1:9469"
        )
    return MetricsPlace(host=found[1].strip("[]"), port=int(found[2]))
