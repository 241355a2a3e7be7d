"""How far long work has come, on standard error: one line that changes on a terminal, a line per news elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from types import TracebackType

from nimbus.cli.output import printable


class Progress:
    """A context manager: when it ends, the line that was being updated is ended too."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._updates = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._last = ""
        self._is_open = False

    def say(self, text: str) -> None:
        text = printable(text)
        if self._quiet or (text == self._last and (self._is_open or not self._updates)):
            return
        self._last = text
        if self._updates:
            room = max(shutil.get_terminal_size().columns - 1, 1)
            print(f"\r\033[K{text[:room]}", end="", file=sys.stderr, flush=True)
            self._is_open = True
        else:
            print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Clear the line that is being updated, so that other lines can be printed."""
        if self._is_open:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._is_open = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_open:
            print(file=sys.stderr, flush=True)
            self._is_open = False
