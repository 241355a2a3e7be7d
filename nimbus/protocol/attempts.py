"""What a loop tries again and again, and what the log says of it when that fails."""

from __future__ import annotations

import logging
from types import TracebackType

import trio

from nimbus.protocol.errors import NimbusError, first_error

REPEAT_S = 600.0


class Attempts:
    """`with attempts:` around each turn of a loop: what fails is logged, and the loop goes on.

    A NimbusError says itself what is the matter (the database is away, the disk is full): one line. Anything else
    is a fault of ours, and comes with its traceback. What fails for the same reason as the turn before is logged
    once in ten minutes: some loops turn each second. Cancellation, and errors of type `but`, go through.

    `error` is what the last turn failed with; None: it did not.
    """

    def __init__(
        self,
        log: logging.Logger,
        what: str,
        then: str = "trying again",
        *,
        but: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        self._log, self._what, self._then, self._but = log, what, then, but
        self._reason, self._silent_until = "", 0.0
        self.error: Exception | None = None

    @property
    def failed(self) -> bool:
        """The last turn did."""
        return self.error is not None

    @property
    def problem(self) -> str:
        """In words what the last turn failed with; "" when it did not."""
        return "" if self.error is None else str(self.error)

    def __enter__(self) -> Attempts:
        self.error = None
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._reason = ""
        if not isinstance(error, Exception) or isinstance(error, self._but):
            return False
        self.error = _cause(error)
        self._report(self.error)
        return True

    def _report(self, error: Exception) -> None:
        reason, now = f"{type(error).__name__}: {error}", trio.current_time()
        if reason == self._reason and now < self._silent_until:
            return
        self._reason, self._silent_until = reason, now + REPEAT_S
        if isinstance(error, NimbusError):
            self._log.warning("%s: %s; %s", self._what, error.message.rstrip("."), self._then)
        else:
            self._log.error("%s; %s", self._what, self._then, exc_info=error)


def _cause(error: Exception) -> Exception:
    """Nurseries wrap what they raise."""
    if isinstance(error, ExceptionGroup) and error.split(NimbusError)[1] is None:
        return first_error(error)
    return error
