"""Which routes look names up in a workspace, and so take `?workspace=`. A test compares this with what the control
plane declares."""

from __future__ import annotations

import re

_SCOPED = re.compile(
    r"/api/v1/(?:"
    r"nodes(?!/tokens$)(?:/[^/]+(?:/[a-z-]+)?)?"
    r"|join-tokens/[^/]+"
    r"|edges(?:/[^/]+(?:/[a-z-]+)?)?"
    r"|artifacts(?:/[^/]+(?:/[a-z-]+)?)?"
    r"|(?:virtual-hosts|upstreams|templates)(?:/[^/]+(?:/[a-z-]+(?:/[^/]+)?)?)?"
    r"|access-logs(?:/[a-z]+)?"
    r"|certificates(?:/[^/]+(?:/[a-z-]+)?)?"
    r"|secrets(?!/master-key(?:/|$))(?:/[^/]+(?:/[a-z-]+(?:/[a-z]+)?)?)?"
    r")"
)
_SCOPED_LISTS = frozenset(
    f"/api/v1/{name}"
    for name in (
        "artifact-uploads",
        "edge/deployments",
        "edge/served",
        "node-filters",
        "join-tokens",
        "firewall",
        "tasks",
        "operations",
        "metrics",
        "metrics/fleet",
        "fleet",
    )
)


def takes_workspace(method: str, path: str) -> bool:
    """Whether a profile's workspace narrows this request. The audit log and the events can be narrowed too, but
    only when asked: what belongs to no workspace would be missed without a word."""
    if path in _SCOPED_LISTS:
        return method == "GET"
    if path in ("/api/v1/nodes", "/api/v1/edges"):
        return method == "GET"
    return _SCOPED.fullmatch(path) is not None
