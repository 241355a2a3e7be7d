"""REST routes of access logs."""

from __future__ import annotations

from typing import Any

from nimbus.edge.access_logs.graphql import GraphqlRequest
from nimbus.edge.access_logs.records import PATH, LogPage, LogQuery, LogSummary, SummaryQuery
from nimbus.edge.access_logs.service import AccessLogs
from nimbus.edge.access_logs.sql.records import SqlAnswer, SqlRequest
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route


def routes(logs: AccessLogs) -> list[Route]:
    read = Permission.LOG_READ
    return [
        Route(
            "GET",
            PATH,
            lambda call: logs.entries(call.actor, call.query, call.workspace),
            read,
            "Search access logs, or wait for what comes next",
            query=LogQuery,
            answer=LogPage,
            scoped=True,
            description="Requests that edges answered, newest first. A search takes two seconds at most: a page "
            "with fewer entries than `per_page` and a `next` continues there.",
        ),
        Route(
            "GET",
            f"{PATH}/summary",
            lambda call: logs.summary(call.actor, call.query, call.workspace),
            read,
            "Show requests, errors, durations and bytes of a range of time",
            query=SummaryQuery,
            answer=LogSummary,
            scoped=True,
            description="By whole minutes, for each virtual host and node, with the most requested paths.",
        ),
        Route(
            "POST",
            f"{PATH}/graphql",
            lambda call: logs.graphql(call.actor, call.body, call.workspace),
            read,
            "Ask access logs by GraphQL",
            body=GraphqlRequest,
            answer=dict[str, Any],
            scoped=True,
            description="`accessLogs(filter: {agentId, virtualHostId, timeRange, statusCode, host, method, uri}, "
            "limit)`, four levels deep and four searches at most. The schema is in docs/access-logs.md.",
        ),
        Route(
            "POST",
            f"{PATH}/query",
            lambda call: logs.sql(call.actor, call.body, call.workspace),
            read,
            "Ask access logs by SQL",
            body=SqlRequest,
            answer=SqlAnswer,
            scoped=True,
            description="One SELECT over the table access_logs, in SQLite's dialect, read-only. It has the "
            "requests that the other fields ask for, 1,000,000 at most.",
        ),
    ]
