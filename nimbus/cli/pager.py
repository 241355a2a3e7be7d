"""Long tables on a terminal go through $PAGER, or less."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys

# Leave at once what fits, colours as they are, the text stays on the screen.
_DEFAULT = ("less", "-FRX")


def print_paged(text: str, *, wanted: bool) -> None:
    """Print, by way of the pager when it is `wanted`, standard output is a terminal and the text is longer."""
    command = _command() if wanted and _is_long(text) else []
    if not command or not _paged(command, text):
        print(text)


def _is_long(text: str) -> bool:
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return text.count("\n") + 2 > shutil.get_terminal_size().lines


def _command() -> list[str]:
    """An empty PAGER, or `cat`, wants none."""
    chosen = os.environ.get("PAGER")
    try:
        words = list(_DEFAULT) if chosen is None else shlex.split(chosen)
    except ValueError:
        words = []
    if not words or words == ["cat"] or shutil.which(words[0]) is None:
        return []
    return words


def _paged(command: list[str], text: str) -> bool:
    """Whether the pager started. Leaving it early is no error; Ctrl-C goes to the pager while it runs."""
    import signal

    sys.stdout.flush()
    try:
        started = subprocess.Popen(command, stdin=subprocess.PIPE)
    except OSError:
        return False
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        started.communicate(text.encode() + b"\n")
    except BrokenPipeError:
        started.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return True
