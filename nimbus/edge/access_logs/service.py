"""The door to access logs: entries, figures, and what comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.edge.access_logs import graphql, search, summing
from nimbus.edge.access_logs.arrivals import Arrivals
from nimbus.edge.access_logs.blocks import MINUTE_MS
from nimbus.edge.access_logs.days import open_days
from nimbus.edge.access_logs.following import TOGETHER_S, Following, StreamQuery
from nimbus.edge.access_logs.graphql import GraphqlRequest
from nimbus.edge.access_logs.lines import Entry
from nimbus.edge.access_logs.matching import Wanted
from nimbus.edge.access_logs.records import (
    LogEntry,
    LogFilter,
    LogPage,
    LogQuery,
    LogSummary,
    LogTrouble,
    PathTraffic,
    SummaryQuery,
)
from nimbus.edge.access_logs.search import Arrived, RowKey
from nimbus.edge.access_logs.sql.records import Job, SqlAnswer, SqlRequest
from nimbus.edge.access_logs.sql.runner import SqlRunner
from nimbus.edge.access_logs.store import Trouble, troubles
from nimbus.edge.access_logs.views import (
    after_text,
    before_text,
    entry_view,
    hosts_of,
    moment,
    nodes_of,
    series_of,
    step_of,
    total_of,
)
from nimbus.edge.objects.service import EdgeObjects
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import RateLimited, invalid
from nimbus.kernel.ids import is_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.moments import from_rfc3339

# Questions that are answered at once; more wait, and more than so many are refused.
AT_ONCE, MOST_WAITING = 2, 32
SEARCH_S, PATHS_S = 2.0, 1.0
SUMMARY_MS = 3600 * 1000
FOREVER = 2**53
# Ids; None: all.
Chosen = frozenset[str] | None
T = TypeVar("T")


class AccessLogs:
    """`arrivals` tells of new rows."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        clock: Clock,
        organizations: Organizations,
        nodes: Nodes,
        virtual_hosts: EdgeObjects,
        arrivals: Arrivals,
    ) -> None:
        self._folder = folder
        self._database, self._clock = database, clock
        self._organizations, self._nodes, self._virtual_hosts = organizations, nodes, virtual_hosts
        self._arrivals = arrivals
        self._sql = SqlRunner()
        self._limiter = trio.CapacityLimiter(AT_ONCE)

    async def entries(self, actor: Actor, query: LogQuery, workspace: str = "") -> LogPage:
        wanted = await self.wanted(actor, query, workspace, default_ms=None)
        after = query.arrival_after
        if after is None:
            return await self._page(wanted, query)
        event = self._arrivals.next
        rows, reached = await self._come(wanted, query.per_page, after)
        with trio.move_on_after(query.wait):
            while not rows and query.wait:
                await event.wait()
                # What comes right after it is looked at together with it.
                await trio.sleep(TOGETHER_S)
                event = self._arrivals.next
                rows, reached = await self._come(wanted, query.per_page, reached)
        return LogPage(entries=await self._views(rows), next=None, cursor=after_text(reached))

    async def _page(self, wanted: Wanted, query: LogQuery) -> LogPage:
        # Before the page, so that nothing that comes meanwhile is missed.
        reached = await self._in_thread(partial(search.newest_arrival, self._folder))
        found = await self._in_thread(
            partial(search.search, self._folder, wanted, query.per_page, query.row_before, SEARCH_S)
        )
        return LogPage(
            entries=await self._views(found.rows),
            next=before_text(found.next) if found.next else None,
            cursor=after_text(reached),
        )

    async def _come(
        self, wanted: Wanted, limit: int, after: Arrived
    ) -> tuple[list[tuple[RowKey, Entry]], Arrived]:
        return await self._in_thread(partial(search.arrived_after, self._folder, wanted, limit, after))

    async def follow(self, actor: Actor, query: StreamQuery, reached: Arrived | None = None) -> Following:
        """From where `reached` or the query says on, else from now on."""
        wanted = await self.wanted(actor, query, query.workspace, default_ms=None)

        async def newest() -> Arrived:
            return await self._in_thread(partial(search.newest_arrival, self._folder))

        async def read(after: Arrived, limit: int) -> tuple[list[LogEntry], Arrived]:
            rows, come = await self._come(wanted, limit, after)
            return await self._views(rows), come

        begin = reached or query.arrival_after or await newest()
        return Following(begin, self._arrivals, read, newest)

    async def summary(self, actor: Actor, query: SummaryQuery, workspace: str = "") -> LogSummary:
        asked = await self.wanted(actor, query, workspace, default_ms=SUMMARY_MS)
        wanted = by_minutes(asked)
        summaries = await self._in_thread(partial(summing.summarise, self._folder, wanted, SEARCH_S))
        paths = summing.Paths([], 0, True)
        if query.top:
            paths = await self._in_thread(
                partial(summing.top_paths, self._folder, wanted, query.top, PATHS_S)
            )
        found = await self._in_thread(partial(_troubles, self._folder))
        shown = await self._readable(actor, found)
        summed = summaries.summed
        names = await self._names(
            {one.node_id for one in summed} | {one.node_id for one in shown},
            {one.virtual_host_id for one in summed},
        )
        step = step_of(wanted.since, wanted.until, query.step)
        return LogSummary(
            since=moment(wanted.since),
            until=moment(wanted.until),
            step=step // 1000,
            whole=summaries.whole,
            total=total_of(summed),
            hosts=hosts_of(summed, names),
            nodes=nodes_of(summed, names),
            series=series_of(summed, step),
            paths=[PathTraffic(*path) for path in paths.top],
            paths_counted=paths.counted,
            troubles=[
                LogTrouble(
                    node_id=one.node_id,
                    node=names.get(one.node_id),
                    unreadable_lines=one.bad,
                    refused_lines=one.refused,
                    lost_bytes=one.lost,
                )
                for one in shown
            ],
        )

    async def sql(self, actor: Actor, request: SqlRequest, workspace: str = "") -> SqlAnswer:
        wanted = await self.wanted(actor, request, workspace, default_ms=SUMMARY_MS)
        job = Job(str(self._folder), wanted, request.sql, request.max_rows, request.timeout)
        return await self._sql.run(actor.user_id or actor.id, job)

    async def graphql(self, actor: Actor, request: GraphqlRequest, workspace: str = "") -> dict[str, Any]:
        readable = await self.wanted(actor, LogFilter(), workspace, default_ms=None)
        folder = self._folder

        def ask(wanted: Wanted, limit: int, seconds: float) -> search.Found:
            return search.search(folder, wanted, limit, None, seconds)

        return await self._in_thread(partial(graphql.run, request, readable, ask, SEARCH_S))

    async def wanted(
        self, actor: Actor, query: LogFilter, workspace: str, *, default_ms: int | None
    ) -> Wanted:
        """What is asked for, within what may be read. `default_ms`: how far back without `since`; None: all."""
        actor.require(Permission.LOG_READ)
        now = self._clock.now() // 1000
        until = from_rfc3339(query.until) // 1000 if query.until else None
        since = from_rfc3339(query.since) // 1000 if query.since else None
        if since is None:
            since = 0 if default_ms is None else (now if until is None else until) - default_ms
        if until is not None and since >= until:
            raise invalid("since", "must be before until")

        def read(tx: Transaction) -> tuple[Chosen, Chosen, Chosen]:
            within = self._organizations.reached(tx, actor, Permission.LOG_READ, workspace)
            nodes = hosts = None
            if query.node:
                target = Target(query.node, workspace)
                nodes = frozenset({self._nodes.resolve(tx, actor, Permission.LOG_READ, target).id})
            if query.virtual_host:
                hosts = frozenset({self._host_id(tx, actor, Target(query.virtual_host, workspace))})
            return within, nodes, hosts

        workspaces, nodes, hosts = await self._database.read(read)
        least, most = query.statuses
        return Wanted(
            since=since,
            until=until if until is not None else (FOREVER if default_ms is None else now + MINUTE_MS),
            workspaces=workspaces,
            nodes=nodes,
            hosts=hosts,
            host=query.host.lower(),
            status_least=least,
            status_most=most,
            method=query.method.upper(),
            path=query.uri,
            network=query.network,
            text=query.q,
            duration_least=query.min_duration_ms,
        )

    def _host_id(self, tx: Transaction, actor: Actor, target: Target) -> str:
        """By its id also one that is deleted: its requests are still there."""
        if is_id(target.reference):
            return target.reference.lower()
        return self._virtual_hosts.resolve(tx, actor, Permission.LOG_READ, target).id

    async def _readable(self, actor: Actor, found: Sequence[Trouble]) -> Sequence[Trouble]:
        """Of nodes in workspaces whose logs the actor may read."""

        def read(tx: Transaction) -> dict[str, str]:
            return self._nodes.workspaces_of(tx, [one.node_id for one in found])

        workspaces = await self._database.read(read) if found else {}
        return [
            one
            for one in found
            if one.node_id in workspaces and actor.holds(Permission.LOG_READ, workspaces[one.node_id])
        ]

    async def _views(self, rows: Sequence[tuple[RowKey, Entry]]) -> list[LogEntry]:
        places = {entry.place for _, entry in rows}
        names = await self._names(
            {place.node_id for place in places}, {place.virtual_host_id for place in places}
        )
        return [entry_view(key, entry, names) for key, entry in rows]

    async def _names(self, node_ids: set[str], host_ids: set[str]) -> dict[str, str]:
        """Of nodes and virtual hosts, by id."""
        if not node_ids:
            return {}

        def read(tx: Transaction) -> dict[str, str]:
            hosts = self._virtual_hosts.names(tx, sorted(host_ids - {""}))
            return self._nodes.names_of(tx, sorted(node_ids)) | hosts

        return await self._database.read(read)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._limiter.statistics().tasks_waiting >= MOST_WAITING:
            raise RateLimited("too many questions about access logs wait already", retry_after=5)
        return await trio.to_thread.run_sync(work, limiter=self._limiter)


def by_minutes(wanted: Wanted) -> Wanted:
    """The same, from the beginning of a minute to the end of one."""
    return msgspec.structs.replace(
        wanted, since=wanted.since // MINUTE_MS * MINUTE_MS, until=-(-wanted.until // MINUTE_MS) * MINUTE_MS
    )


def _troubles(folder: Path) -> list[Trouble]:
    """Of each node, over all days."""
    found: dict[str, Trouble] = {}
    with open_days(folder) as days:
        for day in days:
            for one in troubles(day.connection):
                known = found.get(one.node_id, Trouble(one.node_id, 0, 0, 0))
                found[one.node_id] = Trouble(
                    one.node_id, known.bad + one.bad, known.refused + one.refused, known.lost + one.lost
                )
    return list(found.values())
