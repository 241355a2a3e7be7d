"""What a started process tells (one JSON object a line on its standard output), and its end with the one that
started it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import Any


def end_with_parent() -> None:
    """In a started process: end as on SIGTERM when standard input ends, so that none is left behind by a
    benchmark that was killed."""

    def watch() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


class Broken(RuntimeError):
    """A process of a benchmark ended, or did not tell in time what was waited for."""


class Reports:
    """A thread reads, so that the process never waits for us."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="reports", daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._queue.put(json.loads(line))
        self._queue.put(None)

    def wait(self, key: str, seconds: float, value: Any = None) -> dict[str, Any]:
        """The next report with `key` (and that value, if one is given); others are passed over.
        Raises Broken."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                report = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Broken(f"no report of {key!r} within {seconds:.0f} s") from None
            if report is None:
                raise Broken(f"{self._process.args!r} ended")
            if key in report and (value is None or report[key] == value):
                return report

    def ask(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
