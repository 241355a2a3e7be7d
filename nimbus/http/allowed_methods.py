"""Which methods a path takes. `/nodes/tokens` is a path of its own, not a node of that name: what `/nodes/{node}`
takes does not reach it, and is not in its Allow (RFC 9110 section 10.2.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nimbus.kernel.routing import Route

_PARAMETER = re.compile(r"{\w+}")


class AllowedMethods:
    def __init__(self, routes: Sequence[Route]) -> None:
        methods: dict[str, set[str]] = {}
        for route in routes:
            # What takes GET takes HEAD (section 9.3.2).
            taken = {"GET", "HEAD"} if route.method == "GET" else {route.method}
            methods.setdefault(route.path, set()).update(taken)
        # Written-out segments stand before those that may be anything, from the left.
        paths = sorted(methods, key=lambda path: [part.startswith("{") for part in path.split("/")])
        self._paths = [(re.compile(_PARAMETER.sub("[^/]+", path)), sorted(methods[path])) for path in paths]

    def of(self, path: str) -> list[str]:
        """Empty: no route is there."""
        return next((methods for pattern, methods in self._paths if pattern.fullmatch(path)), [])
