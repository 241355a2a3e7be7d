"""REST routes of access logs."""

from __future__ import annotations

from nimbus.edge.access_logs.records import PATH, LogPage, LogQuery, LogSummary, SummaryQuery
from nimbus.edge.access_logs.service import AccessLogs
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
    ]
