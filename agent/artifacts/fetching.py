"""The bytes of one artifact, over a connection of its own: in pieces, a few of them asked for ahead (RFC 9110,
section 14)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncGenerator

import trio

from agent.link import ControlPlaneLink, LinkDown, Reply
from agent.operations.failure import OperationFailed

# As much as the control plane gives at once.
PIECE_BYTES = 256 * 1024
AHEAD = 8
_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})", re.ASCII)
_BUSY = (429, 500, 502, 503, 504)


async def pieces(link: ControlPlaneLink, sha256: str, first: int, size: int) -> AsyncGenerator[bytes, None]:
    """What follows byte `first`, in order, to the end; for as long as it takes. `link` is run by the caller. Raises
    OperationFailed."""
    while first < size:
        await link.wait_connected()
        try:
            data = await _ask(link, sha256, first, size)
        except LinkDown:
            await trio.sleep(0.2)
            continue
        if not data:
            # The control plane has others to serve first.
            await trio.sleep(1 + random.random())  # noqa: S311
            continue
        yield data
        first += len(data)


async def _ask(link: ControlPlaneLink, sha256: str, first: int, size: int) -> bytes:
    """What came of the next pieces without a gap; none: ask later. Raises LinkDown, OperationFailed."""
    firsts = range(first, min(size, first + AHEAD * PIECE_BYTES), PIECE_BYTES)
    replies: dict[int, Reply | OperationFailed | LinkDown] = {}

    async def ask(begin: int) -> None:
        last = min(size, begin + PIECE_BYTES) - 1
        headers = {"Range": f"bytes={begin}-{last}"}
        try:
            replies[begin] = await link.request("GET", f"/v1/internal/artifacts/{sha256}", headers=headers)
        except LinkDown as down:
            replies[begin] = down

    async with trio.open_nursery() as nursery:
        for begin in firsts:
            nursery.start_soon(ask, begin)
    whole = bytearray()
    for begin in firsts:
        reply = replies[begin]
        if not isinstance(reply, Reply):
            if whole:
                break
            raise reply
        if begin != first + len(whole):
            # The one before was shorter than what was asked for.
            break
        data = piece_of(reply, begin, size)
        if not data:
            break
        whole += data
    return bytes(whole)


def piece_of(reply: Reply, first: int, size: int) -> bytes:
    """The bytes of an answer; none when it says to ask later. Raises OperationFailed when it is not what was asked
    for."""
    if reply.status in _BUSY:
        return b""
    if reply.status != 206:
        code, message = _refusal(reply)
        raise OperationFailed(code, f"the control plane refused it: {message}", retryable=False)
    match = _RANGE.fullmatch(reply.content_range)
    begin, last, total = (int(match[1]), int(match[2]), int(match[3])) if match else (-1, -1, -1)
    if total not in (-1, size):
        raise OperationFailed(
            "WRONG_SIZE", f"the artifact has {total} bytes instead of {size}", retryable=False
        )
    if begin != first or last - begin + 1 != len(reply.body) or not reply.body or last >= size:
        raise OperationFailed("MALFORMED", "the control plane sent a different part than requested")
    return reply.body


def _refusal(reply: Reply) -> tuple[str, str]:
    if reply.status == 416:
        return "WRONG_SIZE", "it is shorter than expected"
    try:
        error = json.loads(reply.body)["error"]
        return str(error["code"]), f"{error['message']} [{error['code']}]"
    except (ValueError, KeyError, TypeError, RecursionError):
        return "NOT_FETCHED", f"it answered with HTTP status {reply.status}"
