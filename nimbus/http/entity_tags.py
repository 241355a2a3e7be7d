"""Entity tags (RFC 9110 section 8.8.3): `"REVISION-DIGEST"`.

The digest is of the whole representation, so that the tag is a strong one. If-Match compares the revision alone:
it counts what operators change, and a heartbeat that came between does not make their change a conflict.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from nimbus.kernel.errors import PreconditionFailed, invalid

_TAG = re.compile(r'(?:W/)?"(?:([0-9]{1,15})-)?([^"]*)"')
# What If-Match takes beside nothing.
MATCHED = r'\*|(W/)?"[0-9]{1,15}-[^"]*"'


def entity_tag(data: Any, content: bytes, coding: str = "") -> str:
    """`content` is the representation, or what stands for it. Compressed by `coding` it is another one, with a tag
    of its own (RFC 9110 section 8.8.3.3)."""
    digest = hashlib.sha256(content).hexdigest()[:24] + (f".{coding}" if coding else "")
    revision = getattr(data, "revision", None)
    return f'"{revision}-{digest}"' if isinstance(revision, int) else f'"{digest}"'


def is_known(header: str, tag: str) -> bool:
    """Whether If-None-Match names this tag, or all."""
    return header.strip() == "*" or any(
        f'"{m[1]}-{m[2]}"' == tag or f'"{m[2]}"' == tag for m in _TAG.finditer(header)
    )


def revision_of(header: str) -> int | None:
    """The revision that If-Match wants; None when there is no such header, or `*`. Raises ValidationError, and
    PreconditionFailed for a weak tag: If-Match compares strongly (RFC 9110 section 13.1.1)."""
    if header.strip() in ("", "*"):
        return None
    match = _TAG.fullmatch(header.strip())
    if match is None or match[1] is None:
        raise invalid("If-Match", "must be one ETag that a GET of this resource answered with")
    if header.strip().startswith("W/"):
        raise PreconditionFailed(
            "If-Match names a weak ETag, which never matches",
            next_step="Send the ETag without W/, as this control plane answered with it. A proxy on the way may "
            "have made it weak.",
        )
    return int(match[1])
