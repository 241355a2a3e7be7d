"""The API's description of itself: the OpenAPI document as a route of its own."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import msgspec

from nimbus.http.openapi.document import openapi
from nimbus.kernel.routing import Call, Open, Raw, Route

_PATH = "/api/v1/openapi.json"


def with_reference(routes: Sequence[Route]) -> list[Route]:
    """`routes`, and the one that describes them all, itself too."""

    @functools.cache
    def document() -> bytes:
        return msgspec.json.encode(openapi(described))

    async def show(_call: Call) -> Raw:
        return Raw(document(), "application/json")

    own = Route(
        "GET",
        _PATH,
        show,
        Open.PUBLIC,
        "This document",
        answer=Raw,
        media={"application/json": None},
        reason="it describes the program, not this control plane",
    )
    described = [*routes, own]
    return described
