"""What one peer may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. The defaults serve 10,000 agents of one connection each.

    Every connection takes one file descriptor: the process needs `connections` plus about 2 % and its own.
    """

    head_bytes: int = 16 * 1024
    """Request line and headers; longer ones are answered 431."""
    target_bytes: int = 8 * 1024
    """Request target; longer ones are answered 414."""
    header_count: int = 64
    cached_heads: int = 4096
    """Parsed heads that are kept; 0 where no two are the same (signed requests)."""
    body_bytes: int = 1024 * 1024
    pipeline_bytes: int = 64 * 1024
    """Read ahead while a request is unanswered; then reading stops until it is answered."""
    output_bytes: int = 256 * 1024
    """Unsent answers; above it no further request of the connection is handled."""

    handshake: float = 10.0
    head: float = 10.0
    """From the first byte of a request to the end of its head."""
    body: float = 30.0
    """From the end of the head to the end of the body."""
    answer: float = 60.0
    """For a handler that neither answers nor parks; the peer then gets 503."""
    write: float = 30.0
    """Without the peer taking a single byte of what is ready for it."""
    idle: float = 120.0
    """Between requests."""
    linger: float = 2.0
    """Between the last answer and the end of the socket."""

    connections: int = 12_000
    connections_per_address: int = 256
    """Both: the next ones are answered 503; far above them they are cut off unheard."""
