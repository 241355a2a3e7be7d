"""The GraphQL query over access logs (GraphQL specification of October 2021), bounded before it is run.

The library is imported on first use: most control planes are never asked this way.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from nimbus.edge.access_logs.matching import Wanted
from nimbus.edge.access_logs.records import LogEntry
from nimbus.edge.access_logs.search import Found
from nimbus.edge.access_logs.views import entry_view
from nimbus.kernel.errors import invalid
from nimbus.kernel.shapes import shaped
from nimbus.records.audit.moments import from_rfc3339

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLSchema, Node

MAX_QUERY, MAX_TOKENS = 20_000, 1000
MAX_DEPTH, MAX_NAMED, MAX_SEARCHES, MAX_LIMIT = 4, 10, 4, 1000
_SCHEMA = '''
"""Requests that edges answered, newest first."""
type Query {
  accessLogs(filter: AccessLogFilter, limit: Int = 100): [AccessLogEntry!]!
}

input AccessLogFilter {
  agentId: ID
  virtualHostId: ID
  timeRange: TimeRange
  statusCode: IntRange
  "the name that the client asked for"
  host: String
  method: String
  "how the path begins"
  uri: String
}

"Both as RFC 3339, or a date: from is in it, to is not."
input TimeRange { from: String, to: String }
input IntRange { eq: Int, gte: Int, lte: Int }

type AccessLogEntry {
  id: ID!
  agentId: ID!
  timestamp: String!
  remoteAddr: String!
  method: String!
  uri: String!
  protocol: String!
  host: String!
  status: Int!
  bodyBytesSent: Float!
  responseTimeMs: Float
  userAgent: String
  referer: String
  requestId: String
  virtualHostId: ID
  workspaceId: ID!
  upstreamAddr: String
  upstreamTimeMs: Float
  raw: String
}
'''
_FIELDS: dict[str, Callable[[LogEntry], Any]] = {
    "agentId": lambda entry: entry.node_id,
    "timestamp": lambda entry: entry.at,
    "remoteAddr": lambda entry: entry.remote_addr,
    "bodyBytesSent": lambda entry: entry.body_bytes_sent,
    "responseTimeMs": lambda entry: entry.response_time_ms,
    "userAgent": lambda entry: entry.user_agent,
    "requestId": lambda entry: entry.request_id,
    "virtualHostId": lambda entry: entry.virtual_host_id,
    "workspaceId": lambda entry: entry.workspace_id,
    "upstreamAddr": lambda entry: entry.upstream_addr,
    "upstreamTimeMs": lambda entry: entry.upstream_time_ms,
}
# What is asked for, at most so many rows, in so many seconds.
Search = Callable[[Wanted, int, float], Found]


class GraphqlRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """As GraphQL over HTTP has it. `query` is one query, with `variables` for it."""

    query: Annotated[str, shaped(minLength=1, maxLength=MAX_QUERY)]
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(default=None, name="operationName")

    def __post_init__(self) -> None:
        if not 1 <= len(self.query) <= MAX_QUERY:
            raise ValueError(f"query: must have 1 to {MAX_QUERY} characters")


def run(request: GraphqlRequest, readable: Wanted, search: Search, seconds: float) -> dict[str, Any]:
    """The data of the answer. `readable`: whatever the caller may read. Blocks. Raises ValidationError."""
    from graphql import GraphQLError, execute_sync, parse, validate

    try:
        document = parse(request.query, max_tokens=MAX_TOKENS)
        _check_bounds(document)
        problems = validate(_schema(), document, max_errors=3)
    except (GraphQLError, RecursionError) as error:
        raise invalid("query", str(error).partition("\n")[0]) from None
    if problems:
        raise invalid("query", "; ".join(str(problem.message) for problem in problems))
    result = execute_sync(
        _schema(),
        document,
        root_value={"accessLogs": _Asked(readable, search, time.monotonic() + seconds).access_logs},
        variable_values=request.variables,
        operation_name=request.operation_name,
        field_resolver=_field,
    )
    if result.errors:
        raise invalid("query", "; ".join(str(error.message) for error in result.errors[:3]))
    return result.data or {}


@functools.cache
def _schema() -> GraphQLSchema:
    from graphql import build_schema

    return build_schema(_SCHEMA)


def _field(source: Any, info: Any, **arguments: Any) -> Any:
    if isinstance(source, LogEntry):
        read = _FIELDS.get(info.field_name)
        return read(source) if read else getattr(source, info.field_name)
    return source[info.field_name](**arguments)


class _Asked:
    def __init__(self, readable: Wanted, search: Search, until: float) -> None:
        self._readable, self._search, self._until = readable, search, until

    def access_logs(self, filter: Mapping[str, Any] | None = None, limit: int = 100) -> list[LogEntry]:
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"limit must be from 1 to {MAX_LIMIT}")
        wanted = _narrowed(self._readable, filter or {})
        found = self._search(wanted, limit, max(0.0, self._until - time.monotonic()))
        if found.next is not None and len(found.rows) < limit:
            raise ValueError("looking took too long: narrow timeRange or the filter")
        return [entry_view(key, entry, {}) for key, entry in found.rows]


def _narrowed(readable: Wanted, given: Mapping[str, Any]) -> Wanted:
    """Raises ValueError."""
    span, status = given.get("timeRange") or {}, given.get("statusCode") or {}
    exact = status.get("eq")
    agent, host = given.get("agentId"), given.get("virtualHostId")
    return msgspec.structs.replace(
        readable,
        since=_moment(span.get("from"), readable.since),
        until=_moment(span.get("to"), readable.until),
        nodes=frozenset({agent.lower()}) if agent else readable.nodes,
        hosts=frozenset({host.lower()}) if host else readable.hosts,
        host=(given.get("host") or "").lower(),
        method=(given.get("method") or "").upper(),
        path=given.get("uri") or "",
        status_least=_first(exact, status.get("gte"), 0),
        status_most=_first(exact, status.get("lte"), 999),
    )


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _moment(text: str | None, default: int) -> int:
    if text is None:
        return default
    return from_rfc3339(text if "T" in text.upper() else f"{text}T00:00:00Z") // 1000


def _check_bounds(document: DocumentNode) -> None:
    """Before anything walks through it that takes its time. Raises ValidationError."""
    from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode

    named = searches = 0
    for definition in document.definitions:
        is_fragment = isinstance(definition, FragmentDefinitionNode)
        if isinstance(definition, OperationDefinitionNode) and definition.operation.value != "query":
            raise invalid("query", "only queries are taken: nothing can be changed here")
        for node, depth in _nodes(definition, 0):
            if depth > MAX_DEPTH:
                raise invalid("query", f"is more than {MAX_DEPTH} levels deep")
            if isinstance(node, FragmentSpreadNode) and is_fragment:
                raise invalid("query", "a fragment in a fragment is not taken")
            if isinstance(node, FieldNode):
                named += node.alias is not None
                searches += node.name.value == "accessLogs"
                if node.name.value in ("__schema", "__type"):
                    raise invalid("query", "the schema is in docs/access-logs.md")
            named += isinstance(node, FragmentSpreadNode) + len(getattr(node, "directives", None) or ())
    if named > MAX_NAMED:
        raise invalid("query", f"has more than {MAX_NAMED} aliases, fragments and directives")
    if searches > MAX_SEARCHES:
        raise invalid("query", f"asks for accessLogs more than {MAX_SEARCHES} times")


def _nodes(node: Node, depth: int) -> Iterator[tuple[Node, int]]:
    """All selections below, with how many are around each; a fragment counts as one."""
    chosen = getattr(node, "selection_set", None)
    for selection in chosen.selections if chosen else ():
        yield selection, depth + 1
        yield from _nodes(selection, depth + 1)
