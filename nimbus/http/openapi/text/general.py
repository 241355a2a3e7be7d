"""What the API's description says of the API itself, and of errors."""

from __future__ import annotations

DESCRIPTION = """\
Answers are `{data, meta, links}`, errors `{error: {code, message, details, next_step, request_id}}`. Wherever an id
stands, a name does too. Times are RFC 3339 in UTC. An unknown field or parameter is an error, and so is one that is
given twice.

Lists come in pages (`page`, `per_page`, `sort`); they and their totals hold what the caller may see. A GET answers
with an `ETag`: as `If-None-Match` it saves an unchanged answer, as `If-Match` it guards a change. A POST that
creates takes an `Idempotency-Key`. Too many requests are answered with 429 and `Retry-After`.

`GET /api/v1/events` with `Upgrade: websocket` (RFC 6455, subprotocol `nimbus.events.v1`) streams events from the
cursor `after` on; filters are those of the list. Messages are JSON objects with `type` (`ready`, `event`,
`heartbeat`, `reset`) and `cursor`. A browser offers its token as a second subprotocol, `bearer.TOKEN`.

`x-permission` of an operation names the permission that it needs, `signed-in` or `public`."""
ERRORS = {
    400: "the request is malformed",
    401: "the request does not say who it is from, or nobody knows them",
    403: "the permission is lacking; the message names it",
    404: "there is no such resource, or none that the caller may know of",
    409: "the present state speaks against it, or a name stands for several things",
    412: "If-Match names another revision than the present one",
    413: "the body is larger than 1 MiB (a piece of an upload: than 4 MiB)",
    422: "a field, parameter or header is wrong; `details` name it",
    429: "too many requests; Retry-After says when to come again",
    500: "a fault of the control plane; `request_id` finds it in its log",
    503: "not now",
    507: "the disk of the control plane, or a quota, has no room: nothing was kept",
}
