"""Artifacts as nodes fetch them: one range of bytes a request (RFC 9110 section 14), and one piece an answer.

An answer may hold less than was asked for (RFC 9110 section 15.3.7): it says which bytes it has, and the node asks
for the others. So nothing of a file waits in memory but the piece that is on its way, and a node that reads slowly
keeps no thread and no task.
"""

from __future__ import annotations

import re

from nimbus.fleet.artifacts.downloads import Piece
from nimbus.http.agents.messages import AgentResponse
from nimbus.http.agents.responses import error_response
from nimbus.http.decoding import Malformed

# One range that says where it begins. Others (several, the last N bytes) no node asks for.
_RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{1,15})?", re.ASCII)


def wanted_range(header: str | None) -> tuple[int, int | None]:
    """The first byte and the last one (None: to the end). Raises Malformed."""
    match = _RANGE.fullmatch(header or "")
    first, last = (int(match[1]), int(match[2]) if match[2] else None) if match else (0, -1)
    if last is not None and last < first:
        raise Malformed("artifacts are fetched in ranges", next_step="Send Range: bytes=FIRST-[LAST].")
    return first, last


def answer_of_piece(piece: Piece) -> AgentResponse:
    if not piece.data:
        answer = error_response(416, "RANGE_NOT_SATISFIABLE", f"the artifact has {piece.size} bytes")
        return AgentResponse(416, answer.body, content_range=f"bytes */{piece.size}")
    last = piece.first + len(piece.data) - 1
    return AgentResponse(
        206, piece.data, "application/octet-stream", content_range=f"bytes {piece.first}-{last}/{piece.size}"
    )
