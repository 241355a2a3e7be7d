"""Work that belongs into the first transaction of a request, whichever service opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from nimbus.db.transaction import Transaction

T = TypeVar("T")
Claim = Callable[[Transaction], None]


class _Pending:
    def __init__(self, claim: Claim) -> None:
        self.claim: Claim | None = claim


_pending: ContextVar[_Pending | None] = ContextVar("nimbus_pending_claim", default=None)


@contextmanager
def within_first_write(claim: Claim) -> Iterator[None]:
    """Within it, the next `Database.write` of this task runs `claim` first: both are committed, or neither."""
    token = _pending.set(_Pending(claim))
    try:
        yield
    finally:
        _pending.reset(token)


def claimed(work: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
    """`work`, with what is pending before it."""
    pending = _pending.get()
    if pending is None or pending.claim is None:
        return work
    claim, pending.claim = pending.claim, None

    def both(tx: Transaction) -> T:
        claim(tx)
        return work(tx)

    return both
