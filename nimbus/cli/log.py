"""`nimbus log`: access logs of edges."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.moments import moment
from nimbus.cli.noun import verbs_of
from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, colourful, print_csv, print_data, printable, show, size, table, watched
from nimbus.client.client import Client
from nimbus.protocol.errors import NimbusError, UsageError

_PATH = "/api/v1/access-logs"
WAIT_S = 25
RETRY_S = 2.0
_PAGE = 1000
_FILTERS = (
    ("node", "NODE", "only this node, by name or id"),
    ("virtual-host", "HOST", "only this virtual host, by name or id"),
    ("host", "NAME", "only requests for this host name"),
    ("status", "STATUS", "only this status (404), class (5xx) or range (400-429)"),
    ("method", "METHOD", "only this method, such as GET"),
    ("uri", "PREFIX", "only paths that begin with this"),
    ("client", "ADDRESS", "only clients with this address, or in this network (192.0.2.0/24)"),
    ("q", "TEXT", "only entries with this text in the path, host, client, user agent, referer or upstream"),
    ("min-duration-ms", "MS", "only requests that took at least this many milliseconds"),
)
_COLUMNS = (
    Column("TIME", lambda e: e["at"][:23] + "Z"),
    Column("STATUS", lambda e: e["status"] or "-", right=True),
    Column("MS", lambda e: "-" if e["response_time_ms"] is None else e["response_time_ms"], right=True),
    Column("BYTES", "body_bytes_sent", right=True),
    Column("CLIENT", "remote_addr"),
    Column("HOST", "host"),
    Column("REQUEST", lambda e: printable(e["raw"] or f"{e['method']} {e['uri']}")),
    Column("NODE", lambda e: e["node"] or e["node_id"], wide=True),
    Column("UPSTREAM", "upstream_addr", wide=True),
    Column("UPSTREAM MS", "upstream_time_ms", wide=True, right=True),
    Column("USER AGENT", lambda e: printable(e["user_agent"] or ""), wide=True),
    Column("REFERER", lambda e: printable(e["referer"] or ""), wide=True),
    Column("VIRTUAL HOST", lambda e: e["virtual_host"] or e["virtual_host_id"], wide=True),
    Column("REQUEST ID", "request_id", wide=True),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    search = _verb(verbs, "search", "search access logs, newest first", _search)
    _add_filters(search)
    search.add_argument("--limit", type=int, default=50, help="number of entries, 1 to 100000 (default: 50)")
    tail = _verb(verbs, "tail", "print requests as edges answer them, until Ctrl-C", _tail)
    _add_filters(tail, times=False)
    summary = verbs.add_parser(
        "summary",
        parents=[shared(watch=True, workspace=True)],
        help="show requests, errors, durations and bytes of each virtual host",
    )
    _add_filters(summary)
    summary.add_argument(
        "--top", type=int, default=10, help="number of paths to show, 0 to 100 (default: 10)"
    )
    summary.set_defaults(run=_summary)
    sql = _verb(verbs, "sql", "query access logs with SQL: one SELECT on the table access_logs", _sql)
    sql.add_argument("sql", metavar="SELECT", help="the statement; @FILE reads a file, @- standard input")
    _add_filters(sql)
    sql.add_argument("--limit", type=int, default=1000, help="number of rows, 1 to 10000 (default: 1000)")
    sql.add_argument(
        "--timeout", type=float, default=2.0, metavar="SECONDS", help="0.1 to 10 seconds (default: 2)"
    )
    query = verbs.add_parser(
        "query",
        parents=[shared(output=False, workspace=True)],
        help="query access logs with GraphQL; prints JSON",
    )
    query.add_argument("query", help="the query; @FILE reads a file, @- standard input")
    query.set_defaults(run=_query, output="json")


def _verb(verbs: Any, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, parents=[shared(workspace=True, rows=True)], help=summary
    )
    parser.set_defaults(run=run)
    return parser


def _add_filters(parser: argparse.ArgumentParser, *, times: bool = True) -> None:
    for name, metavar, text in _FILTERS:
        parser.add_argument(f"--{name}", metavar=metavar, help=text)
    if times:
        parser.add_argument("--since", metavar="TIME", help="since when: 2h, 7d, yesterday, a date or a time")
        parser.add_argument("--until", metavar="TIME", help="until when, in the same forms")


def _filters(options: argparse.Namespace) -> dict[str, Any]:
    given = {name.replace("-", "_"): getattr(options, name.replace("-", "_")) for name, *_ in _FILTERS}
    for name in ("since", "until"):
        given[name] = moment(getattr(options, name, None), f"--{name}")
    return {name: value for name, value in given.items() if value not in (None, "")}


def _search(options: argparse.Namespace) -> None:
    if not 1 <= options.limit <= 100_000:
        raise UsageError("--limit must be from 1 to 100000")
    api, filters = client(options), _filters(options)
    entries: list[dict[str, Any]] = []
    before: str | None = None
    while True:
        wanted = min(_PAGE, options.limit - len(entries))
        page = api.get(_PATH, **filters, per_page=wanted, before=before)
        entries += page["entries"]
        before = page["next"]
        if before is None or len(entries) >= options.limit:
            break
    show(options, entries, _COLUMNS, empty="No access log entries match.")


def _tail(options: argparse.Namespace) -> None:
    """While the control plane restarts it is asked again."""
    api, filters = client(options), _filters(options)
    printer = _Printer(options.output)
    cursor: str | None = None
    while True:
        try:
            cursor = _next(api, filters, cursor, printer)
        except NimbusError as error:
            if error.code not in ("UNREACHABLE", "UNAVAILABLE", "RATE_LIMITED"):
                raise
            print(error.line(), file=sys.stderr)
            time.sleep(RETRY_S)


def _next(api: Client, filters: dict[str, Any], cursor: str | None, printer: _Printer) -> str:
    """The last ten first, then what comes."""
    if cursor is None:
        page = api.get(_PATH, **filters, per_page=10)
        printer.print(page["entries"][::-1])
    else:
        page = api.get(_PATH, **filters, after=cursor, wait=WAIT_S, per_page=_PAGE)
        printer.print(page["entries"])
    return str(page["cursor"])


class _Printer:
    """Entries as they come: rows under one heading, or an object on each line."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._headed = False
        self._columns = [column for column in _COLUMNS if form == "wide" or not column.wide]

    def print(self, entries: Sequence[dict[str, Any]]) -> None:
        if not entries:
            return
        if self._form == "json":
            print("\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries))
        elif self._form == "yaml":
            print_data("yaml", list(entries))
        elif self._form == "csv":
            print_csv(entries, _COLUMNS, heading=not self._headed)
        else:
            text = table(entries, self._columns, colour=colourful())
            print(text.partition("\n")[2] if self._headed else text)
        self._headed = True
        sys.stdout.flush()


def _written(text: str) -> str:
    return text_of(text[1:]) if text.startswith("@") else text


def _sql(options: argparse.Namespace) -> None:
    body = {
        **_filters(options),
        "sql": _written(options.sql),
        "max_rows": options.limit,
        "timeout": options.timeout,
    }
    if "min_duration_ms" in body:
        body["min_duration_ms"] = int(body["min_duration_ms"])
    found = client(options).post(f"{_PATH}/query", body)
    if options.output in ("json", "yaml"):
        print_data(options.output, found)
        return
    columns = [Column(name, partial(_cell, number)) for number, name in enumerate(found["columns"])]
    show(options, found["rows"], columns, empty="The statement has no rows.")
    if found["truncated"]:
        print(f"There are more rows than these {len(found['rows'])}: see --limit.", file=sys.stderr)


def _cell(number: int, row: Sequence[Any]) -> Any:
    return printable(row[number]) if isinstance(row[number], str) else row[number]


def _query(options: argparse.Namespace) -> None:
    print_data("json", client(options).post(f"{_PATH}/graphql", {"query": _written(options.query)}))


_TRAFFIC = (
    Column("REQUESTS", "requests", right=True),
    Column("2XX", lambda t: t["status"]["success"], right=True),
    Column("3XX", lambda t: t["status"]["redirect"], right=True),
    Column("4XX", lambda t: t["status"]["client_error"], right=True),
    Column("5XX", lambda t: t["status"]["server_error"], right=True),
    Column("P50 MS", "p50_ms", right=True),
    Column("P95 MS", "p95_ms", right=True),
    Column("P99 MS", "p99_ms", right=True),
    Column("BYTES", lambda t: size(t["bytes"]), right=True),
)
_HOSTS = (
    Column("VIRTUAL HOST", lambda t: t["virtual_host"] or t["virtual_host_id"] or "(unknown names)"),
    *_TRAFFIC,
)
_PATHS = (
    Column("PATH", lambda p: printable(p["path"])),
    Column("REQUESTS", "requests", right=True),
    Column("BYTES", lambda p: size(p["bytes"]), right=True),
)


def _summary(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        found = api.get(f"{_PATH}/summary", **_filters(options), top=options.top)
        if options.output in ("json", "yaml"):
            print_data(options.output, found)
            return
        show(options, found["hosts"], _HOSTS, empty="No requests in that time.")
        if found["paths"]:
            print()
            show(options, found["paths"], _PATHS)
        _print_troubles(found)

    watched(options, once)


def _print_troubles(found: dict[str, Any]) -> None:
    if not found["whole"]:
        print(
            "The oldest requests are not counted: looking at all of them would take too long.",
            file=sys.stderr,
        )
    for one in found["troubles"]:
        print(
            f"{one['node'] or one['node_id']}: {one['unreadable_lines']} lines could not be read, "
            f"{one['refused_lines']} were about virtual hosts of others, {one['lost_bytes']} bytes were lost.",
            file=sys.stderr,
        )
