"""Why a WebSocket ends: codes of RFC 6455 section 7.4.1, and from 4000 on our own."""

from __future__ import annotations

GOING_AWAY, UNSUPPORTED_DATA, INTERNAL_ERROR = 1001, 1003, 1011
SIGN_IN_AGAIN, MAY_NOT, TOO_SLOW = 4401, 4403, 4408


class Closing(Exception):
    """The connection ends, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def first_closing(group: BaseExceptionGroup[Closing]) -> Closing:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Closing)
    return error
