"""Which nginx is installed: whether this machine can be an edge, and what its nginx understands."""

from __future__ import annotations

import re
import shutil
import subprocess

_TIMEOUT_S = 5
_PATH = "/usr/sbin:/sbin:/usr/local/sbin:/usr/local/nginx/sbin:/usr/bin:/usr/local/bin"
_VERSION = re.compile(r"nginx/(\d+\.\d+\.\d+)", re.ASCII)


def nginx_version() -> str:
    """`1.26.3`; "" where there is none, or where it says nothing."""
    program = shutil.which("nginx") or shutil.which("nginx", path=_PATH)
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "-v"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = _VERSION.search(done.stderr + done.stdout)
    return found[1] if found else ""
