"""nft, the program of nftables: told in JSON by its standard input, in one transaction. Functions block."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

from agent.firewall.table import FAMILY, NAME, comparable

TIMEOUT_S = 20.0
_PATH = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin"
_MISSING = "the firewall cannot be set: nft is not installed. Install it: apt-get install nftables"


class NftFailed(Exception):
    """In words for people."""


class Nft:
    def __init__(self, program: str = "", table: str = NAME) -> None:
        """`program` "": looked for at each call, so that it may be installed meanwhile. `table`: which of ours."""
        self._program = program
        self._table = table

    def apply(self, commands: dict[str, Any]) -> None:
        """All of them, or none. Raises NftFailed."""
        status, _, errors = self._run("-f", "-", stdin=json.dumps(commands))
        if status:
            raise NftFailed(f"the firewall cannot be set: nft says: {_line(errors)}")

    def check(self, commands: dict[str, Any]) -> None:
        """Whether this machine would take them; nothing is changed. Raises NftFailed."""
        status, _, errors = self._run("-c", "-f", "-", stdin=json.dumps(commands))
        if status:
            raise NftFailed(f"the firewall cannot be set: nft says: {_line(errors)}")

    def read(self) -> list[Any]:
        """Our table as it is, comparable; empty when there is none. Raises NftFailed."""
        status, out, errors = self._run("list", "table", FAMILY, self._table)
        if status:
            if "No such file or directory" in errors:
                return []
            raise NftFailed(f"the firewall cannot be read: nft says: {_line(errors)}")
        try:
            return comparable(json.loads(out))
        except (ValueError, AttributeError):
            raise NftFailed("the firewall cannot be read: nft lists no JSON") from None

    def _run(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        program = self._program or shutil.which("nft", path=f"{os.environ.get('PATH', '')}:{_PATH}")
        if not program:
            raise NftFailed(_MISSING)
        try:
            done = subprocess.run(
                [program, "-j", *arguments],
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
            )
        except FileNotFoundError:
            raise NftFailed(_MISSING) from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NftFailed(f"the firewall cannot be set: nft did not run: {error}") from None
        return done.returncode, done.stdout, done.stderr


def _line(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return lines[0][:300] if lines else "nothing"
