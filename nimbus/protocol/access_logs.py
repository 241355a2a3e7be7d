"""Access logs on their way from an edge: what a batch of lines is, and what is answered.

A body is a line of JSON (`LogBatch`), a new line, and the lines themselves packed by zlib (RFC 1950).
"""

from __future__ import annotations

import zlib

import msgspec

PATH = "/v1/internal/access-logs"
# Packed, as the agents' listener takes it; and unpacked, which bounds what a small body can grow to.
MAX_BODY = 1024 * 1024
MAX_TEXT = 8 * 1024 * 1024
MAX_LINES = 16_384
# In an edge's folder; agent and nginx call it so.
FILE_NAME = "access.log"
# Where the agent's own questions to its nginx come from. It is not logged: nobody comes from there over a network.
PROBES_FROM = "127.78.77.66"
# The field of a line that says what must not leave the edge, and the letters that it has; it stays there itself.
PRIVACY_FIELD, MASK_CLIENT, DROP_QUERY = "privacy", "m", "q"
_encode = msgspec.json.Encoder().encode


class LogBatch(msgspec.Struct, frozen=True, kw_only=True):
    """`file`: which file of the node's, by a name that the agent gives each that nginx begins. `start` and `end`:
    the bytes of it that these lines were. `lost`: bytes before `start` that were gone before they were read."""

    file: str
    start: int
    end: int
    lost: int = 0


class LogBatchTaken(msgspec.Struct, frozen=True):
    """Up to which byte of the file everything is stored: the next batch begins there."""

    stored: int


class BadBatch(ValueError):
    """In words for people."""


def encode_batch(head: LogBatch, text: bytes, level: int = 3) -> bytes:
    return _encode(head) + b"\n" + zlib.compress(text, level)


def decode_batch(body: bytes) -> tuple[LogBatch, bytes]:
    """The head and the lines. Raises BadBatch."""
    head, _, packed = body.partition(b"\n")
    try:
        batch = msgspec.json.decode(head, type=LogBatch)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadBatch("the batch does not begin with a line that says where it is from") from None
    if not (0 < len(batch.file) <= 64 and 0 <= batch.start < batch.end < 2**62 and 0 <= batch.lost < 2**62):
        raise BadBatch("the batch says no possible place in a file")
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, MAX_TEXT)
    except zlib.error:
        raise BadBatch("the lines of the batch are not packed by zlib") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise BadBatch(f"the lines of the batch are not whole, or more than {MAX_TEXT} bytes")
    if text.count(b"\n") > MAX_LINES:
        raise BadBatch(f"the batch has more than {MAX_LINES} lines")
    return batch, text
