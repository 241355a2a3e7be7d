"""The one error type that crosses rooms: what failed, why, and what to do next."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_FORBIDDEN = 3
EXIT_NOT_FOUND = 4


class NimbusError(Exception):
    """A failure that a person can act on.

    `code` is stable and upper case (it is what scripts match), `message` is one line, `next_step` is one
    line that says what to do. `details` names fields: `[{"field": ..., "message": ...}]`.
    """

    code = "FAILED"
    exit_status = EXIT_FAILED

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        next_step: str = "",
        details: list[dict[str, str]] | None = None,
        exit_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.details = details or []
        if code is not None:
            self.code = code
        if exit_status is not None:
            self.exit_status = exit_status

    def line(self) -> str:
        """The error as one line for a terminal."""
        text = self.message.rstrip(".")
        return f"{text}. {self.next_step}" if self.next_step else text


class UsageError(NimbusError):
    """The command or its configuration is wrong."""

    code = "USAGE"
    exit_status = EXIT_USAGE


def first_error(group: BaseExceptionGroup[NimbusError]) -> NimbusError:
    """Nurseries wrap what they raise: the first error that a person can act on."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, NimbusError)
    return error
