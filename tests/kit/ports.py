"""Ports for servers of the tests, which are free when they are taken, and stay so until then.

Not from the range that the kernel takes the ports of outgoing connections from (ip_local_port_range): a server that
is killed and started again would find its own taken. Runs of the tests at the same time keep out of each other's
way by locks on files, which the kernel lets go of when the process ends.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections import deque
from pathlib import Path
from typing import IO

_FIRST, _LAST = 15_000, 32_000
# As many as the tests of one moment need; each holds a file open.
_MOST_HELD = 100
_held: deque[IO[str]] = deque()


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on, this process's own until many more were taken."""
    folder = Path(tempfile.gettempdir()) / f"nimbus-test-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(_FIRST, _LAST)
        if _reserve(folder / str(port)) and _is_free(port):
            found.append(port)
    return found


def _reserve(file: Path) -> bool:
    lock = file.open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _held.append(lock)
    while len(_held) > _MOST_HELD:
        _held.popleft().close()
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
