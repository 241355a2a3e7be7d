"""What a WebSocket shows before it is one: its origin, and who opens it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from quart import Response, websocket

from nimbus.http.decoding import decode_query, single_values
from nimbus.http.responses import error_response
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import Forbidden, Unauthenticated, invalid
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.signing import (
    ACCESS_KEY_HEADER,
    API_KEY_HEADER,
    NONCE_PARAMETER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
)

SUBPROTOCOL = "nimbus.events.v1"
_BEARER = "bearer."
Query = TypeVar("Query", bound=msgspec.Struct)


def query_of(shape: type[Query]) -> Query:
    """Of the address. Raises ValidationError."""
    arguments = single_values(websocket.args.items(multi=True))
    arguments.pop(NONCE_PARAMETER, None)
    query = decode_query(arguments, shape)
    assert isinstance(query, shape)
    return query


def refusal(error: NimbusError, request_id: str) -> Response:
    response = error_response(error, request_id)
    response.headers["X-Request-Id"] = request_id
    return response


def presented(request_id: str, source: str) -> tuple[Presented, str | None]:
    """What the handshake shows, and the subprotocol to answer. Raises ValidationError."""
    headers = websocket.headers
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    offered, subprotocol = bearer_of(websocket.requested_subprotocols)
    raw: bytes = websocket.scope.get("raw_path") or websocket.path.encode()
    query = websocket.query_string
    given = token.strip() if scheme.lower() == "bearer" else ""
    if given and offered:
        raise Unauthenticated("the request carries more than one token", next_step="Send one of them.")
    shown = Presented(
        method="GET",
        target=(raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1"),
        body=b"",
        source=source,
        request_id=request_id,
        access_key=headers.get(ACCESS_KEY_HEADER, ""),
        timestamp=headers.get(TIMESTAMP_HEADER, ""),
        signature=headers.get(SIGNATURE_HEADER, ""),
        api_key=headers.get(API_KEY_HEADER, ""),
        bearer=given or offered,
    )
    return shown, subprotocol


def bearer_of(subprotocols: Sequence[str]) -> tuple[str, str | None]:
    """The token that a browser offers as a subprotocol, and the subprotocol to answer. Raises ValidationError."""
    tokens = [one[len(_BEARER) :] for one in subprotocols if one.startswith(_BEARER)]
    if len(tokens) > 1 or (tokens and not tokens[0]):
        raise invalid("Sec-WebSocket-Protocol", f"must have one {_BEARER}TOKEN at most")
    if subprotocols and SUBPROTOCOL not in subprotocols:
        raise invalid("Sec-WebSocket-Protocol", f"must have {SUBPROTOCOL}")
    return (tokens[0] if tokens else ""), (SUBPROTOCOL if subprotocols else None)


def check_origin(origins: Sequence[str], host: str, allowed: Collection[str]) -> None:
    """Browsers say where a page is from, and let any page open a WebSocket: only our own may (RFC 6455 section
    10.2). Other clients send no Origin. Raises Forbidden."""
    if not origins:
        return
    if len(origins) == 1 and (_same_place(origins[0], f"https://{host}") or origins[0] in allowed):
        return
    raise Forbidden(
        "pages from elsewhere may not open this",
        next_step="Behind a proxy: have it pass the Host header on with its port (nginx: proxy_set_header Host "
        "$http_host). A page of another site: add its origin to the setting cors_origins.",
    )


def _same_place(origin: str, own: str) -> bool:
    return _place(origin) is not None and _place(origin) == _place(own)


def _place(origin: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.username:
            return None
        return parts.hostname, parts.port or 443
    except ValueError:
        return None
