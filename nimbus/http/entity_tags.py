"""Entity tags (RFC 9110 section 8.8.3): `"REVISION-DIGEST"`.

The digest is of the whole representation, so that the tag is a strong one. If-Match compares the revision alone:
it counts what operators change, and a heartbeat that came between does not make their change a conflict.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from nimbus.kernel.errors import invalid

_TAG = re.compile(r'(?:W/)?"(?:(\d{1,15})-)?([^"]*)"')


def entity_tag(data: Any, content: bytes) -> str:
    """`content` is the representation, or what stands for it."""
    digest = hashlib.sha256(content).hexdigest()[:24]
    revision = getattr(data, "revision", None)
    return f'"{revision}-{digest}"' if isinstance(revision, int) else f'"{digest}"'


def is_known(header: str, tag: str) -> bool:
    """Whether If-None-Match names this tag, or all."""
    return header.strip() == "*" or any(
        f'"{m[1]}-{m[2]}"' == tag or f'"{m[2]}"' == tag for m in _TAG.finditer(header)
    )


def revision_of(header: str) -> int | None:
    """The revision that If-Match wants; None when there is no such header, or `*`. Raises ValidationError."""
    if header.strip() in ("", "*"):
        return None
    match = _TAG.fullmatch(header.strip())
    if match is None or match[1] is None:
        raise invalid("If-Match", "must be one ETag that a GET of this resource answered with")
    return int(match[1])
