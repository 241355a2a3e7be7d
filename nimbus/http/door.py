"""What every request passes on its way to a route: limits, recognition, permission, decoding, and on the way back
its entity tag, its stored answer, and its line in the audit log when it was refused."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlencode

import msgspec
import trio
from quart import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from nimbus.http.compression import coding_for, compressed, is_compressible
from nimbus.http.csv_pages import CONTENT_TYPE, file_name, has_csv, page_csv, wants_csv
from nimbus.http.decoding import Malformed, decode_body, decode_query, single_values
from nimbus.http.entity_tags import entity_tag, is_known, revision_of
from nimbus.http.envelope import encode_answer, next_page
from nimbus.http.path_segments import as_link
from nimbus.http.rate_limits import RateLimit
from nimbus.http.responses import json_response
from nimbus.http.source import Network, forwarded_for, source_of
from nimbus.kernel.access import ANONYMOUS, Actor, Permission
from nimbus.kernel.credentials import Presented, Recogniser
from nimbus.kernel.errors import PayloadTooLarge, Unauthenticated, Unavailable, invalid
from nimbus.kernel.routing import Answer, Call, NoQuery, Open, Raw, Route
from nimbus.people.identity.login_limits import network_of
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.signing import (
    ACCESS_KEY_HEADER,
    API_KEY_HEADER,
    API_KEY_PREFIX,
    NONCE_PARAMETER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
)
from nimbus.records.idempotency.service import Idempotency, fingerprint

MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 30.0
REQUEST_TIMEOUT_S = 60.0
IDEMPOTENCY_HEADER = "Idempotency-Key"
log = logging.getLogger("nimbus.api")


class Limits(msgspec.Struct, frozen=True):
    """Requests a second, of one address and of one principal; four seconds' worth may come at once. 0: none.
    Requests that are not recognised count against a stricter limit of their address."""

    per_address: float = 0
    per_principal: float = 0


NO_LIMITS = Limits()
Refused = Callable[[Actor, Route, dict[str, str], NimbusError], Awaitable[None]]


class Door:
    """`refused` is told of changing requests that were turned away, by whom, where and why."""

    def __init__(
        self,
        recognisers: Sequence[Recogniser],
        idempotency: Idempotency,
        *,
        limits: Limits = NO_LIMITS,
        proxies: Sequence[Network] = (),
        refused: Refused | None = None,
    ) -> None:
        self._recognisers = recognisers
        self._idempotency = idempotency
        self._proxies = proxies
        self._refused = refused
        self._addresses, self._principals, self._strangers = (RateLimit(0, 0) for _ in range(3))
        self.limit(limits)

    def limit(self, limits: Limits) -> None:
        """From now on."""
        self._addresses.set(limits.per_address, 4 * limits.per_address)
        self._principals.set(limits.per_principal, 4 * limits.per_principal)
        self._strangers.set(limits.per_address / 10, limits.per_address)

    def source(self) -> str:
        return source_of(request.remote_addr or "", forwarded_for(request.headers), self._proxies)

    def admit(self, source: str) -> None:
        """For what comes in by another way (WebSockets). Raises RateLimited."""
        self._addresses.check(network_of(source), trio.current_time(), "from your address")

    def admit_stranger(self, source: str) -> None:
        """For what nobody has vouched for. Raises RateLimited."""
        self._strangers.check(network_of(source), trio.current_time(), "without valid credentials")

    async def enter(self, route: Route, request_id: str, path: dict[str, str]) -> Response:
        """The answer to one request. Raises NimbusError."""
        source = self.source()
        self.admit(source)
        body = await read_body(route.content or MAX_BODY_BYTES)
        shown = presented(request_id, source, body)
        actor = msgspec.structs.replace(ANONYMOUS, source=source, request_id=request_id)
        try:
            actor = await self._recognised(route, shown, actor)
            if isinstance(route.permission, Permission):
                actor.require(route.permission)
            with trio.fail_after(REQUEST_TIMEOUT_S):
                return await self._answered(route, actor, path, body)
        except trio.TooSlowError:
            raise Unavailable("the request took too long", next_step="Try again in a moment.") from None
        except NimbusError as error:
            if route.changes and self._refused is not None and not getattr(error, "audited", False):
                await self._refused(actor, route, path, error)
            raise

    async def _recognised(self, route: Route, shown: Presented, stranger: Actor) -> Actor:
        if route.permission is Open.PUBLIC:
            return stranger
        try:
            actor = await self.authenticated(shown)
        except Unauthenticated:
            self._strangers.check(network_of(shown.source), trio.current_time(), "without valid credentials")
            raise
        self._principals.check(f"{actor.kind}:{actor.id}", trio.current_time(), f"of {actor.name}")
        return actor

    async def authenticated(self, shown: Presented) -> Actor:
        """Who sends this request. Raises Unauthenticated; two ways of saying so at once are one too many."""
        if sum(map(bool, (shown.access_key, shown.api_key, shown.bearer))) > 1:
            raise Unauthenticated(
                "the request carries more than one kind of credentials", next_step="Send one of them."
            )
        for recognise in self._recognisers:
            actor = await recognise(shown)
            if actor is not None:
                return actor
        raise Unauthenticated(
            "the request does not say who it is from",
            next_step="Sign in (nimbus login), or send an API key or a signature (docs/authentication.md).",
        )

    async def _answered(self, route: Route, actor: Actor, path: dict[str, str], body: bytes) -> Response:
        arguments = single_values(request.args.items(multi=True))
        arguments.pop(NONCE_PARAMETER, None)
        call = _call(route, actor, path, arguments, body)
        key = request.headers.get(IDEMPOTENCY_HEADER)
        if key is None or not route.creates:
            return await _response(route, await _handled(route, call), arguments)
        # Both the names and the values: `?workspace=` is part of what is asked for.
        what = fingerprint(request.method, f"{request.path}?{urlencode(sorted(arguments.items()))}", body)
        stored = await self._idempotency.before(actor, key, what)
        if stored is not None:
            response = json_response(stored.body, stored.status)
            response.headers["Idempotency-Replayed"] = "true"
            return response
        with self._idempotency.claiming(actor, key, what):
            answer = await _handled(route, call)
        content = encode_answer(answer, as_link(request.path), arguments)
        await self._idempotency.after(actor, key, answer.status, content)
        return await _response(route, answer, arguments)


# Of each there is one at most: of two nobody knows which is meant.
_SINGLE = (
    "Authorization",
    ACCESS_KEY_HEADER,
    API_KEY_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    IDEMPOTENCY_HEADER,
    "If-Match",
    "Content-Type",
)


def presented(request_id: str, source: str, body: bytes) -> Presented:
    """Raises ValidationError."""
    headers = request.headers
    for name in _SINGLE:
        if len(headers.getlist(name)) > 1:
            raise invalid(name, "is given more than once")
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    # What scrapes and scripts often cannot send any header but this one.
    is_key = bearer.startswith(API_KEY_PREFIX)
    return Presented(
        method=request.method,
        target=_target(),
        body=body,
        source=source,
        request_id=request_id,
        access_key=headers.get(ACCESS_KEY_HEADER, ""),
        timestamp=headers.get(TIMESTAMP_HEADER, ""),
        signature=headers.get(SIGNATURE_HEADER, ""),
        api_key=headers.get(API_KEY_HEADER, "") or (bearer if is_key else ""),
        bearer="" if is_key and not headers.get(API_KEY_HEADER) else bearer,
    )


def _target() -> str:
    """Path and query as they were sent: `raw_path` has no query."""
    raw: bytes = request.scope.get("raw_path") or request.path.encode()
    query = request.query_string
    return (raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


async def read_body(limit: int = MAX_BODY_BYTES) -> bytes:
    """The body, bounded in size and time; the request itself knows the `limit` of its path. Raises PayloadTooLarge,
    Malformed."""
    if "Content-Length" in request.headers and "Transfer-Encoding" in request.headers:
        # RFC 9112 section 6.3: what is before us may have seen another end of this request.
        raise Malformed("the request has both Content-Length and Transfer-Encoding")
    try:
        with trio.fail_after(BODY_TIMEOUT_S):
            body: bytes = await request.get_data(cache=False, as_text=False)  # type: ignore[assignment]
            return body
    except RequestEntityTooLarge:
        raise PayloadTooLarge(f"the body is larger than {limit} bytes") from None
    except trio.TooSlowError:
        raise NimbusError("the body came too slowly", code="MALFORMED") from None


def _call(route: Route, actor: Actor, path: dict[str, str], arguments: dict[str, str], body: bytes) -> Call:
    given = dict(arguments)
    content: object = body if route.content else decode_body(body, route.body) if route.body else None
    workspace = given.pop("workspace", "") if route.scoped else ""
    return Call(
        actor=actor,
        path=path,
        query=decode_query(given, route.query) if route.query is not NoQuery or given else None,
        body=content,
        workspace=workspace,
        if_match=_seen_revision(route),
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _seen_revision(route: Route) -> int | None:
    """What If-Match names. It is refused where nothing would look at it: the caller relies on it."""
    header = request.headers.get("If-Match", "")
    if header and not route.revised and route.method in ("PATCH", "PUT", "DELETE"):
        raise invalid("If-Match", "cannot be used here: this resource has no revision")
    return revision_of(header)


async def _handled(route: Route, call: Call) -> Answer:
    result = await route.handler(call)
    answer = result if isinstance(result, Answer) else Answer(result)
    return answer if answer.status else msgspec.structs.replace(answer, status=route.status)


def _identity(answer: Answer, arguments: dict[str, str]) -> bytes:
    """What decides the representation of an answer whose data are known by a tag."""
    return msgspec.json.encode((answer.tag, request.path, sorted(arguments.items())))


async def _response(route: Route, answer: Answer, arguments: dict[str, str]) -> Response:
    if isinstance(answer.data, Raw):
        raw = answer.data
        response = Response(raw.content, answer.status, content_type=raw.content_type)
        if raw.file_name:
            response.headers["Content-Disposition"] = f'attachment; filename="{raw.file_name}"'
        await _code(route, response, raw.content, _coding(route, raw.content))
        response.headers.update(answer.headers)
        return response
    if wants_csv(route, request.headers.get("Accept", "")):
        return await _csv_response(route, answer, arguments)
    content = encode_answer(answer, as_link(request.path), arguments)
    coding = _coding(route, content)
    tag = entity_tag(answer.data, _identity(answer, arguments) if answer.tag else content, coding)
    known = request.headers.get("If-None-Match", "")
    if request.method == "GET" and answer.status == 200 and is_known(known, tag):
        response = Response(b"", 304)
        await _code(route, response, b"", "")
    else:
        response = json_response(content, answer.status)
        await _code(route, response, content, coding)
    response.headers["ETag"] = tag
    response.headers.update(answer.headers)
    return response


async def _csv_response(route: Route, answer: Answer, arguments: dict[str, str]) -> Response:
    """Where the page after this one is says a header (RFC 8288)."""
    content = await trio.to_thread.run_sync(page_csv, route, answer.data)
    coding = _coding(route, content)
    response = Response(content, answer.status, content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(route)}"'
    response.headers["ETag"] = entity_tag(answer.data, content, coding)
    following = next_page(answer, as_link(request.path), arguments)
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    await _code(route, response, content, coding)
    response.headers.update(answer.headers)
    return response


def _coding(route: Route, content: bytes) -> str:
    return coding_for(route, request.headers.get("Accept-Encoding", ""), len(content))


async def _code(route: Route, response: Response, content: bytes, coding: str) -> None:
    """Compress its content, where there is a coding; and say what it depends on, also where there is none."""
    varies = [
        *(["Accept"] if has_csv(route) else ()),
        *(["Accept-Encoding"] if is_compressible(route) else ()),
    ]
    if varies:
        response.headers["Vary"] = ", ".join(varies)
    if coding:
        response.set_data(await compressed(content))
        response.headers["Content-Encoding"] = coding
