"""The operators' application: routes of the slices on Quart, each of them behind the door."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from quart import Response, request
from quart.routing import QuartRule
from quart_trio import QuartTrio
from quart_trio.wrappers import TrioRequest
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from nimbus.http.allowed_methods import AllowedMethods
from nimbus.http.door import MAX_BODY_BYTES, Door
from nimbus.http.errors import internal_error, status_of
from nimbus.http.path_segments import SegmentsKept, as_sent
from nimbus.http.responses import error_response
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Route
from nimbus.protocol.errors import NimbusError

_SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_CORS_METHODS = "GET, POST, PUT, PATCH, DELETE"
_CORS_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-API-Key"
_CORS_EXPOSED = "ETag, Retry-After, X-Request-Id, Idempotency-Replayed"
log = logging.getLogger("nimbus.api")


class _MatchedOnly(QuartRule):
    """Nimbus builds no address from its routes. What werkzeug compiles for that would be half of the time until
    the control plane serves."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002
        return _no_address


def _no_address(_rule: QuartRule, **values: Any) -> tuple[str, str]:
    raise NotImplementedError(f"no address is built for {sorted(values)}")


def make_application(
    routes: Sequence[Route],
    door: Door,
    *,
    cors_origins: Collection[str] = (),
    answered: Callable[[str, int], None] | None = None,
) -> QuartTrio:
    """The application with all declared routes; `nimbus.http.public` adds the paths outside the API. `answered` is
    told of every answer: the request's method, and the status."""
    application = QuartTrio("nimbus", static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # By how much there is to take, not by a fixed time: `operator_protocols.py`.
    application.config["RESPONSE_TIMEOUT"] = None
    application.request_class = _request_class(routes)
    application.url_rule_class = _MatchedOnly
    # Else `//a` is answered with a redirect to the host that the request names, whichever that is.
    application.url_map.merge_slashes = False
    for number, route in enumerate(routes):
        application.add_url_rule(
            re.sub(r"{(\w+)}", r"<\1>", route.path),
            endpoint=f"route-{number}",
            view_func=guarded(_view(route, door)),
            methods=[route.method],
            provide_automatic_options=False,
        )
    application.after_request(_add_security_headers)
    if answered is not None:
        _count(application, answered)
    if cors_origins:
        _allow_origins(application, frozenset(cors_origins))
    _refuse_other_methods(application, AllowedMethods(routes))
    application.register_error_handler(HTTPException, http_error)
    application.asgi_app = SegmentsKept(application.asgi_app)  # type: ignore[method-assign]
    return application


def _request_class(routes: Sequence[Route]) -> type[TrioRequest]:
    """Requests whose body has the limit of its path: the usual one, unless a route says otherwise."""
    larger = [
        (re.compile(re.sub(r"{\w+}", "[^/]+", route.path)), route.method, route.content)
        for route in routes
        if route.content
    ]

    class BoundedRequest(TrioRequest):
        def __init__(
            self,
            method: str,
            scheme: str,
            path: str,
            *rest: Any,
            max_content_length: int | None = None,
            **more: Any,
        ) -> None:
            for pattern, of_method, limit in larger:
                if method == of_method and pattern.fullmatch(path):
                    max_content_length = limit
            super().__init__(method, scheme, path, *rest, max_content_length=max_content_length, **more)

    return BoundedRequest


def _refuse_other_methods(application: QuartTrio, allowed: AllowedMethods) -> None:
    """Before a path with parameters takes what the path itself does not."""

    async def refuse() -> None:
        methods = allowed.of(request.path)
        if methods and request.method not in methods:
            raise MethodNotAllowed(valid_methods=methods)

    application.before_request(refuse)


async def _add_security_headers(response: Response) -> Response:
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _count(application: QuartTrio, answered: Callable[[str, int], None]) -> None:
    async def count(response: Response) -> Response:
        answered(request.method, response.status_code)
        return response

    application.after_request(count)


def _allow_origins(application: QuartTrio, origins: frozenset[str]) -> None:
    """CORS (the Fetch standard, section 3.2) for these origins exactly. No credentials: cookies stay at home."""

    async def preflight() -> Response | None:
        if request.method != "OPTIONS" or request.headers.get("Origin") not in origins:
            return None
        response = Response(b"", 204)
        response.headers["Access-Control-Allow-Methods"] = _CORS_METHODS
        response.headers["Access-Control-Allow-Headers"] = _CORS_HEADERS
        response.headers["Access-Control-Max-Age"] = "600"
        return response

    async def allow(response: Response) -> Response:
        origin = request.headers.get("Origin")
        response.headers.add("Vary", "Origin")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = str(origin)
            response.headers["Access-Control-Expose-Headers"] = _CORS_EXPOSED
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    application.before_request(preflight)
    application.after_request(allow)


async def http_error(error: HTTPException) -> Response:
    """Errors of the framework (no such path, wrong method) in our envelope."""
    codes = {400: "MALFORMED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE"}
    status = error.code or 500
    message = {404: "there is nothing at this path", 405: "this path does not take that method"}.get(
        status, error.name.lower()
    )
    request_id = new_id()
    response = error_response(NimbusError(message, code=codes.get(status, "INTERNAL")), request_id)
    response.status_code = status
    valid_methods = getattr(error, "valid_methods", None)
    if status == 405 and valid_methods:
        response.headers["Allow"] = ", ".join(sorted(valid_methods))
    response.headers["X-Request-Id"] = request_id
    return response


View = Callable[..., Awaitable[Response]]


def guarded(view: View) -> View:
    """Every way out of a view is an answer: known errors by the map, unknown ones as INTERNAL with an id."""

    async def answer(**path: str) -> Response:
        request_id = new_id()
        try:
            response = await view(request_id, **path)
        except NimbusError as error:
            response = error_response(_for_outsiders(error, request_id), request_id)
        except HTTPException:
            raise
        except Exception as error:
            known = _single_nimbus_error(error)
            if known is None:
                log.exception("request failed", extra={"request_id": request_id, "path": request.path})
                known = internal_error(request_id)
            response = error_response(_for_outsiders(known, request_id), request_id)
        response.headers["X-Request-Id"] = request_id
        return response

    return answer


def _for_outsiders(error: NimbusError, request_id: str) -> NimbusError:
    """What is wrong with this control plane (a value that does not open, a damaged file) is for its log, with what
    to do; whoever asked is told where to look."""
    if status_of(error) != 500 or error.code == "INTERNAL":
        return error
    log.error(
        "request failed: %s (%s). %s",
        error.message,
        error.code,
        error.next_step,
        extra={"request_id": request_id, "path": request.path},
    )
    return internal_error(request_id)


def _single_nimbus_error(error: BaseException) -> NimbusError | None:
    """Nurseries wrap: the one Nimbus error inside counts."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error if isinstance(error, NimbusError) else None


def _view(route: Route, door: Door) -> View:
    async def view(request_id: str, **path: str) -> Response:
        return await door.enter(route, request_id, {name: as_sent(value) for name, value in path.items()})

    return view
