"""What the unit nginx.service of an edge gets besides: sockets that a loss of power left are removed before it
starts, or nginx would take them for another program's and not start. Functions block."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from nimbus.protocol.files import PUBLIC_MODE, write_atomically

DROP_IN = Path("/etc/systemd/system/nginx.service.d/nimbus.conf")
_RELOAD_S = 60.0


def add_drop_in(sockets: Iterable[Path], place: Path = DROP_IN) -> None:
    """Raises OSError."""
    text = _text(sockets)
    if place.is_file() and place.read_text("utf-8") == text:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(place, text.encode(), mode=PUBLIC_MODE)
    _reload()


def remove_drop_in(place: Path = DROP_IN) -> None:
    """Raises OSError."""
    if not place.is_file():
        return
    place.unlink()
    if not any(place.parent.iterdir()):
        place.parent.rmdir()
    _reload()


def _text(sockets: Iterable[Path]) -> str:
    lines = [f"ExecStartPre=-/bin/rm -f {socket}" for socket in sockets]
    return "\n".join(["# Written by nimbus-agent while this machine is an edge.", "[Service]", *lines, ""])


def _reload() -> None:
    program = shutil.which("systemctl")
    if program is not None:
        subprocess.run([program, "daemon-reload"], capture_output=True, timeout=_RELOAD_S, check=False)
