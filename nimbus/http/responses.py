"""Responses of the operators' application."""

from __future__ import annotations

from quart import Response

from nimbus.http.errors import envelope, status_of
from nimbus.kernel.errors import RateLimited
from nimbus.protocol.errors import NimbusError


def json_response(body: bytes, status: int = 200) -> Response:
    return Response(body, status=status, content_type="application/json")


def error_response(error: NimbusError, request_id: str) -> Response:
    response = json_response(envelope(error, request_id), status_of(error))
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    if status_of(error) == 401:
        # RFC 9110 section 15.5.2 wants a challenge; Bearer is the only scheme of ours that has a name.
        response.headers["WWW-Authenticate"] = 'Bearer realm="nimbus"'
    return response
