"""How a command of either executable ends: with one line, whatever happens to its files and its output."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence

from nimbus.protocol.errors import EXIT_FAILED, NimbusError

_NEXT = {
    errno.ENOSPC: "Free space there, then try again.",
    errno.EDQUOT: "Free space there, then try again.",
    errno.EROFS: "Mount it writable, or name another place.",
    errno.EACCES: "Run as its owner, or name another place.",
    errno.EPERM: "Run as its owner, or name another place.",
}


class SystemRefused(NimbusError):
    """The operating system did not do what was needed: of a file, or of the output."""

    code = "SYSTEM"


def system_refused(error: OSError) -> SystemRefused:
    place = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else "the output"
    reason = (error.strerror or str(error)).lower()
    return SystemRefused(f"{place}: {reason}", next_step=_NEXT.get(error.errno or 0, "See what is there."))


def first_of(group: BaseExceptionGroup[OSError]) -> OSError:
    """Nurseries wrap what they raise."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, OSError)
    return error


def run_to_end(program: str, run: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """The exit status of `run`, with all of its output written."""
    _open_missing_streams()
    try:
        status = _status_of(run, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone: not an error, and nothing more may be written.
        _give_up(sys.stdout.fileno())
        return EXIT_FAILED
    except OSError as error:
        if "--debug" in arguments:
            raise
        _give_up(sys.stdout.fileno())
        refused = system_refused(error)
        try:
            print(f"{program}: {refused.line()} [{refused.code}]", file=sys.stderr, flush=True)
        except OSError:
            _give_up(sys.stderr.fileno())
        return EXIT_FAILED
    return status


def _status_of(run: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    try:
        return run(arguments)
    except SystemExit as end:
        # The parser has said what it had to say.
        return end.code if isinstance(end.code, int) else EXIT_FAILED if end.code else 0


def _open_missing_streams() -> None:
    """A descriptor that was closed is given to the next file, a database say: that would get what is printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  (as long as the process)


def _give_up(descriptor: int) -> None:
    """What is left in the buffer goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
