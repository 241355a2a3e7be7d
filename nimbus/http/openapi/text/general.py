"""What the API's description says of the API itself, and of errors."""

from __future__ import annotations

DESCRIPTION = """\
A response is `{data, meta, links}`, an error `{error: {code, message, details, next_step, request_id}}`. Names
work wherever an id is expected. Times are RFC 3339 in UTC, integers have no fraction (`5`, not `5.0`). Unknown and
repeated fields and parameters are rejected.

Lists are paged (`page`, `per_page`, `sort`) and contain what you can see; so do their totals. `Accept: text/csv`
returns a page as CSV (RFC 4180), with the path of the next page in the `Link` header. A GET returns an `ETag`: send
it in `If-None-Match` to save an unchanged response, or in `If-Match` to protect a change. A POST that creates
something accepts an `Idempotency-Key`. Too many requests get 429 with `Retry-After`.

`GET /api/v1/events` with `Upgrade: websocket` (RFC 6455, subprotocol `nimbus.events.v1`) streams events from the
cursor `after` on; filters are those of the list. Messages are JSON objects with `type` (`ready`, `event`,
`heartbeat`, `reset`) and `cursor`. A browser offers its token as a second subprotocol, `bearer.TOKEN`.

`x-permission` of an operation names the permission that it needs, `signed-in` or `public`;
`x-command` is an example of the `nimbus` command that makes the request."""
ERRORS = {
    400: "the request is malformed",
    401: "the request has no valid credentials",
    403: "a permission is missing; the message names it",
    404: "no such resource, or none that the caller can see",
    409: "the current state does not allow it, or the name is ambiguous",
    412: "If-Match does not name the current revision",
    413: "the body is larger than 1 MiB (a piece of an upload: than 4 MiB)",
    422: "a field, parameter or header is wrong; `details` name it",
    429: "too many requests; retry after the time in Retry-After",
    500: "an internal error; find `request_id` in the control plane's log",
    503: "temporarily unavailable; retry later",
    507: "the control plane's disk is full or a quota is used up; nothing was stored",
}
