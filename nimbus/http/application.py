"""The operators' application: routes of the slices on Quart, each authenticated and permitted before it runs."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence

import trio
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from nimbus.access import Actor
from nimbus.errors import PayloadTooLarge, Unauthenticated
from nimbus.http.decoding import decode_body, decode_query
from nimbus.http.envelope import encode_answer
from nimbus.http.errors import envelope, internal_error, status_of
from nimbus.identity.service import Authenticator
from nimbus.ids import new_id
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.signing import (
    ACCESS_KEY_HEADER,
    NONCE_PARAMETER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
)
from nimbus.routing import Call, NoQuery, Route

MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 30.0
_SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
log = logging.getLogger("nimbus.api")


def make_application(routes: Sequence[Route], authenticator: Authenticator) -> QuartTrio:
    """The application with all routes that need a permission; `nimbus.http.public` adds those that do not."""
    application = QuartTrio("nimbus", static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    for number, route in enumerate(routes):
        application.add_url_rule(
            re.sub(r"{(\w+)}", r"<\1>", route.path),
            endpoint=f"route-{number}",
            view_func=guarded(_view(route, authenticator)),
            methods=[route.method],
            provide_automatic_options=False,
        )
    application.after_request(_add_security_headers)
    application.register_error_handler(HTTPException, _http_error)
    return application


async def _add_security_headers(response: Response) -> Response:
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _http_error(error: HTTPException) -> Response:
    """Errors of the framework (no such path, wrong method) in our envelope."""
    codes = {400: "MALFORMED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE"}
    status = error.code or 500
    message = {404: "there is nothing at this path", 405: "this path does not take that method"}.get(
        status, error.name.lower()
    )
    request_id = new_id()
    response = json_response(
        envelope(NimbusError(message, code=codes.get(status, "INTERNAL")), request_id), status
    )
    response.headers["X-Request-Id"] = request_id
    return response


def json_response(body: bytes, status: int = 200) -> Response:
    return Response(body, status=status, content_type="application/json")


View = Callable[..., Awaitable[Response]]


def guarded(view: View) -> View:
    """Every way out of a view is an answer: known errors by the map, unknown ones as INTERNAL with an id."""

    async def answer(**path: str) -> Response:
        request_id = new_id()
        try:
            response = await view(request_id, **path)
        except NimbusError as error:
            response = json_response(envelope(error, request_id), status_of(error))
        except HTTPException:
            raise
        except Exception as error:
            known = _single_nimbus_error(error)
            if known is None:
                log.exception("request failed", extra={"request_id": request_id, "path": request.path})
                known = internal_error(request_id)
            response = json_response(envelope(known, request_id), status_of(known))
        response.headers["X-Request-Id"] = request_id
        return response

    return answer


def _single_nimbus_error(error: BaseException) -> NimbusError | None:
    """Nurseries wrap: the one Nimbus error inside counts."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error if isinstance(error, NimbusError) else None


async def read_body() -> bytes:
    """The body, bounded in size and time. Raises PayloadTooLarge."""
    try:
        with trio.fail_after(BODY_TIMEOUT_S):
            body: bytes = await request.get_data(cache=False, as_text=False)  # type: ignore[assignment]
            return body
    except RequestEntityTooLarge:
        raise PayloadTooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes") from None
    except trio.TooSlowError:
        raise NimbusError("the body came too slowly", code="MALFORMED") from None


def source_address() -> str:
    return request.remote_addr or ""


async def authenticated(authenticator: Authenticator, request_id: str, body: bytes) -> Actor:
    """Who signed this request. The door for further methods (JWT, API keys) is here."""
    headers = request.headers
    access_key = headers.get(ACCESS_KEY_HEADER, "")
    if not access_key:
        raise Unauthenticated(
            "the request is not signed",
            next_step=f"Send {ACCESS_KEY_HEADER}, {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}.",
        )
    return await authenticator.authenticate(
        access_key=access_key,
        timestamp=headers.get(TIMESTAMP_HEADER, ""),
        signature=headers.get(SIGNATURE_HEADER, ""),
        method=request.method,
        target=_target(),
        body=body,
        source=source_address(),
        request_id=request_id,
    )


def _target() -> str:
    """Path and query as they were sent: `raw_path` has no query."""
    raw: bytes = request.scope.get("raw_path") or request.path.encode()
    query = request.query_string
    return (raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


def _view(route: Route, authenticator: Authenticator) -> View:
    async def view(request_id: str, **path: str) -> Response:
        body = await read_body()
        actor = await authenticated(authenticator, request_id, body)
        actor.require(route.permission)
        arguments = {name: value for name, value in request.args.items() if name != NONCE_PARAMETER}
        call = Call(
            actor=actor,
            path=path,
            query=decode_query(arguments, route.query) if route.query is not NoQuery or arguments else None,
            body=decode_body(body, route.body) if route.body else None,
        )
        answer = await route.handler(call)
        return json_response(encode_answer(answer, request.path, arguments), answer.status)

    return view
