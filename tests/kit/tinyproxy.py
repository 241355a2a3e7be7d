"""A real HTTP proxy (CONNECT) on a host of the lab: in the foreground, stopped by its id."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from tests.kit.lab.network import Namespace

PROGRAM = "tinyproxy"
PORT = 3128
START_S = 10.0
CONFIGURATION = """\
User root
Group root
Port {port}
Listen {host}
Timeout 600
LogFile "{folder}/tinyproxy.log"
LogLevel Connect
MaxClients 50
BasicAuth {user} {password}
ConnectPort {allowed}
"""


@asynccontextmanager
async def tinyproxy(
    folder: Path, within: Namespace, host: str, *, allowed: int, user: str, password: str
) -> AsyncIterator[Path]:
    """It connects to no other port than `allowed`. Its log."""
    if shutil.which(PROGRAM) is None:
        pytest.skip("tinyproxy is not installed (tinyproxy-bin)")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "tinyproxy.conf"
    file.write_text(
        CONFIGURATION.format(
            port=PORT, host=host, folder=folder, user=user, password=password, allowed=allowed
        )
    )
    command = [*within.prefix, shutil.which(PROGRAM) or PROGRAM, "-d", "-c", str(file)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def accepts() -> bool:
        try:
            socket.create_connection((host, PORT), timeout=0.2).close()
        except OSError:
            return False
        return True

    try:
        with trio.fail_after(START_S):
            while not await trio.to_thread.run_sync(lambda: within.call_now(accepts)):
                assert process.poll() is None, process.communicate()[1]
        yield folder / "tinyproxy.log"
    finally:
        process.terminate()
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(lambda: process.communicate(timeout=10))
