"""The host's own lookups of the mesh's names: systemd-resolved is told which names go to this node's name server.

Only for `nimbus.internal` and by the mesh's interface ("split DNS", resolvectl(1)): everything else is looked up as
before. systemd-resolved forgets it with the interface.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Sequence

import trio

from nimbus.protocol.mesh_names import ZONE

LOOK_S = 60.0
RETRY_S = 15.0
TIMEOUT_S = 10.0
log = logging.getLogger("nimbus.dns")


class ResolvedUnusable(Exception):
    """In words for the operator."""


class SplitDns:
    """`address` is where the name server is. `run` keeps it so: who restarts systemd-resolved finds it again."""

    def __init__(self, interface: str, address: str) -> None:
        self._interface, self._address = interface, address
        self.alert = ""

    async def run(self) -> None:
        while True:
            try:
                await trio.to_thread.run_sync(self.tell)
            except ResolvedUnusable as error:
                alert = f"this machine does not look up the names of the mesh: {error}"
                if alert != self.alert:
                    log.warning("%s", alert)
                self.alert = alert
                await trio.sleep(RETRY_S)
                continue
            self.alert = ""
            await trio.sleep(LOOK_S)

    def tell(self) -> None:
        """Once; nothing happens when it is so already. Blocks. Raises ResolvedUnusable."""
        program = shutil.which("resolvectl")
        if program is None:
            raise ResolvedUnusable(
                'there is no resolvectl: install systemd-resolved, or set mesh_dns = "answer"'
            )
        wanted = {"dns": self._address, "domain": f"~{ZONE}"}
        for verb, value in wanted.items():
            # What it prints begins with the link and its name in parentheses.
            present = _run([program, verb, self._interface]).partition("):")[2].split()
            if present != [value]:
                _run([program, verb, self._interface, value])


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ResolvedUnusable(f"resolvectl {command[1]}: {error}") from None
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise ResolvedUnusable(f"resolvectl {command[1]}: {words[0][:200] if words else 'it failed'}")
    return done.stdout
