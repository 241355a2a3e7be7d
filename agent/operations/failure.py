"""How a handler fails."""

from __future__ import annotations

from typing import Any


class OperationFailed(Exception):
    """`retryable`: another attempt may help. `result`: what it came to all the same."""

    def __init__(self, code: str, message: str, *, retryable: bool = True, result: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.result = result
