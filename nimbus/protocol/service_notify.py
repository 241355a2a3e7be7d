"""Readiness and watchdog messages to systemd (sd_notify(3)), without a library.

The protocol is one datagram of `NAME=value` lines to the socket that `$NOTIFY_SOCKET` names; a leading `@`
stands for the zero byte of an abstract address.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

import trio


def notify(message: str) -> bool:
    """Send one message; False when nobody asked for it. Never raises: systemd may have gone."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.setblocking(False)
            channel.connect(target)
            channel.send(message.encode())
    except OSError:
        return False
    return True


def watchdog_interval() -> float | None:
    """How often to send `WATCHDOG=1`, in seconds: half of what systemd allows. None when it does not ask."""
    try:
        microseconds = int(os.environ.get("WATCHDOG_USEC", "0"))
    except ValueError:
        return None
    own = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    return microseconds / 2_000_000 if microseconds > 0 and own == str(os.getpid()) else None


async def keep_watchdog(check: Callable[[], None] = lambda: None) -> None:
    """Tell systemd that the Trio loop turns, as often as it asks. Runs until cancelled. `check` raises when the
    process is no good although the loop turns: systemd hears nothing any more then, and starts it anew."""
    interval = watchdog_interval()
    if interval is None:
        return
    while True:
        check()
        notify("WATCHDOG=1")
        await trio.sleep(interval)
