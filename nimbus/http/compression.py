"""Which answers of the API are compressed, and how: gzip (RFC 1952), for who accepts it (RFC 9110 section 12.5.3).

The length of a compressed answer tells of what is in it: who can have a guess of theirs stand next to a secret
learns from the lengths which guess was right (BREACH). So only what shows no secret is compressed: a GET whose
permission is one to read. Not what answers with a token, a key or a secret's value, nothing that concerns the
caller's own account and sessions, and not virtual hosts: their headers for a backend can be a password. Why so, and
what it costs: docs/decisions/0039.
"""

from __future__ import annotations

import zlib

import trio
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Open, Route

MIN_BYTES = 1024
# Up to here the way to a thread and back takes longer.
INLINE_BYTES = 16 * 1024
# The fastest: the slowest would take twice the time for a fourteenth less.
LEVEL = 1
CODING = "gzip"
_GZIP = zlib.MAX_WBITS | 16
# Public, and the same for everybody.
_ALSO = {"/api/v1/openapi.json"}
_NEVER = "/api/v1/virtual-hosts"
_threads = trio.CapacityLimiter(2)


def is_compressible(route: Route) -> bool:
    """Whether its answers may be compressed at all; they then say so in Vary."""
    if route.method != "GET" or route.path.startswith(_NEVER):
        return False
    if isinstance(route.permission, Permission):
        return route.permission.value.endswith(":read")
    return route.permission is Open.PUBLIC and route.path in _ALSO


def coding_for(route: Route, accepted: str, size: int) -> str:
    """The coding of an answer of so many bytes; "" for none. `accepted`: the request's Accept-Encoding."""
    if size < MIN_BYTES or not accepted or not is_compressible(route):
        return ""
    return CODING if parse_accept_header(accepted, Accept).quality(CODING) > 0 else ""


async def compressed(content: bytes) -> bytes:
    """Large ones in a thread, so that nothing else waits."""
    if len(content) <= INLINE_BYTES:
        return _compress(content)
    return await trio.to_thread.run_sync(_compress, content, limiter=_threads)


def _compress(content: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(content) + packer.flush()
