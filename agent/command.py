"""How this executable is started again: as a zipapp, or as a module in development."""

from __future__ import annotations

import sys


def own_command() -> list[str]:
    """Interpreter and program, without the arguments of this run."""
    given = len(sys.argv) - 1
    original = sys.orig_argv[: len(sys.orig_argv) - given] if given else list(sys.orig_argv)
    return [sys.executable, *original[1:]]
