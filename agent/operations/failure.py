"""How a handler fails."""

from __future__ import annotations


class OperationFailed(Exception):
    """`retryable`: another attempt may help."""

    def __init__(self, code: str, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
