"""`nimbus audit`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from nimbus.cli import audit_destinations
from nimbus.cli.moments import moment
from nimbus.cli.noun import Noun, verbs_of
from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, details, print_data, show
from nimbus.client.client import Client
from nimbus.kernel.sentences import of_entry, plain
from nimbus.protocol.errors import NimbusError, UsageError

_BASE = "/api/v1/audit-log"
_EXPORT_ROWS = 10_000
MAX_CHANGE = 100
_FILTERS = (
    ("actor", "NAME", "who did it, by name or id"),
    ("actor-kind", "KIND", "user, key, node, system or anonymous"),
    ("action", "ACTION", "action, such as node.update, or a whole kind: 'node.*'"),
    ("resource-kind", "KIND", "kind of resource: node, task, role ..."),
    ("resource", "NAME", "resource, by name or id"),
    ("workspace", "NAME", "only entries of this workspace"),
    ("outcome", "OUTCOME", "ok, denied or failed"),
    ("since", "TIME", "since when: 2h, 7d, yesterday, 2026-11-30 or 2026-11-30T12:00:00Z"),
    ("until", "TIME", "until when, in the same forms"),
    ("request-id", "ID", "only entries of this request"),
    ("source", "ADDRESS", "only entries from this address"),
    (
        "search",
        "WORDS",
        "words in the actor, action, resource, address or request; see: nimbus audit retention",
    ),
)
_COLUMNS = (
    Column("TIME", lambda r: r["at"][:19] + "Z"),
    Column("WHAT", lambda r: plain(of_entry(r))),
    Column("FROM", "source"),
    Column("ACTION", "action", wide=True),
    Column("OUTCOME", "outcome", wide=True),
    Column("CHANGE", lambda r: change_text(r["before"], r["after"]), wide=True),
    Column("SEQUENCE", "sequence", wide=True, right=True),
    Column("REQUEST", "request_id", wide=True),
    Column("ID", "id", wide=True),
)
_DETAILS = (
    Column("What", lambda r: plain(of_entry(r))),
    Column("Id", "id"),
    Column("Sequence", "sequence"),
    Column("Time", "at"),
    Column("Actor", lambda r: f"{r['actor']['name']} ({r['actor']['kind']} {r['actor']['id']})"),
    Column("From", "source"),
    Column("Action", "action"),
    Column("Outcome", "outcome"),
    Column("Resource", lambda r: f"{r['resource']['kind']} {r['resource']['name']} ({r['resource']['id']})"),
    Column("Workspace", "workspace_id"),
    Column("Organization", "organization_id"),
    Column("Request", "request_id"),
    Column("Before", lambda r: json.dumps(r["before"], ensure_ascii=False) if r["before"] else None),
    Column("After", lambda r: json.dumps(r["after"], ensure_ascii=False) if r["after"] else None),
    Column("Hash", "hash"),
)
_KEPT = (
    Column("Kept", lambda r: f"{r['days']} days" if r["days"] else "without end"),
    Column("Oldest entry", lambda r: r["oldest_at"] or "none"),
    Column("Search", lambda r: f"the newest {r['searched']:,} entries before --until"),
)
_HEAD = (Column("Sequence", "sequence"), Column("Hash", "hash"), Column("Time", "at"))
# As the API's own CSV has them.
_CSV = (
    ("sequence",),
    ("at",),
    ("actor", "kind"),
    ("actor", "id"),
    ("actor", "name"),
    ("action",),
    ("resource", "kind"),
    ("resource", "id"),
    ("resource", "name"),
    ("workspace_id",),
    ("organization_id",),
    ("source",),
    ("request_id",),
    ("outcome",),
    ("before",),
    ("after",),
    ("id",),
    ("hash",),
)


_ROW = Noun(
    name="row",
    path=_BASE,
    columns=_COLUMNS,
    details=_DETAILS,
    empty="No audit log entries match.",
    metavar="ID",
    reference="its id",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    listing = _ROW.verb(verbs, "list", "list entries, newest first", _list, of_one=False, rows=True)
    _add_filters(listing)
    listing.add_argument("--limit", type=int, default=50, help="number of entries, 1 to 1000 (default: 50)")
    _ROW.show(verbs, "show an entry with its changes")
    export = verbs.add_parser("export", parents=[shared(output=False)], help="export entries, oldest first")
    _add_filters(export)
    export.add_argument("--format", choices=("csv", "json"), default="csv", help="format (default: csv)")
    export.add_argument("--file", help="write to a new file instead of standard output")
    export.set_defaults(run=_export)

    verify = verbs.add_parser("verify", parents=[shared()], help="check that the log was not altered")
    verify.add_argument(
        "--head", metavar="SEQUENCE:HASH", help="also check that this earlier head is in the log"
    )
    verify.set_defaults(run=_verify)

    kept = verbs.add_parser("retention", parents=[shared()], help="show how long entries are kept")
    kept.set_defaults(run=_retention)

    head = verbs.add_parser(
        "head", parents=[shared()], help="print the newest entry's hash, to keep elsewhere"
    )
    head.set_defaults(run=_head)

    audit_destinations.add_arguments(
        verbs.add_parser(
            "destination", help="where the log is sent: create, list, show, update, delete, test"
        )
    )


def _add_filters(parser: argparse.ArgumentParser) -> None:
    for name, metavar, text in _FILTERS:
        parser.add_argument(f"--{name}", metavar=metavar, help=text)


def _filters(options: argparse.Namespace) -> dict[str, Any]:
    names = [name.replace("-", "_") for name, *_ in _FILTERS]
    given = {name: getattr(options, name) for name in names}
    for name in ("since", "until"):
        given[name] = moment(given[name], f"--{name}")
    return given


def _entries(number: int) -> str:
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


def _list(options: argparse.Namespace) -> None:
    answer = client(options).request("GET", _BASE, query={**_filters(options), "per_page": options.limit})
    show(options, answer["data"], _COLUMNS, empty=_ROW.empty)
    total = answer["meta"]["total"]
    if total > len(answer["data"]) and options.output in ("table", "wide"):
        print(
            f"{len(answer['data'])} of {total}; more with --limit, all with: nimbus audit export",
            file=sys.stderr,
        )


def _verify(options: argparse.Namespace) -> None:
    api = client(options)
    verification = api.get(f"{_BASE}/verification")
    kept = _check_kept(api, options.head, verification["pruned_through"]) if options.head else ""
    if options.output in ("json", "yaml"):
        print_data(options.output, verification)
    elif verification["ok"] and not kept:
        rows = (
            f"{_entries(verification['count'])} ({verification['first']} to {verification['last']})"
            if verification["count"]
            else "no entries"
        )
        print(f"The audit log is intact: {rows}, head {verification['head_hash'] or '-'}")
        if verification["pruned_through"]:
            print(
                f"Entries up to {verification['pruned_through']} were deleted at the end of their retention."
            )
    if not verification["ok"]:
        raise NimbusError(
            f"the audit log was altered: {verification['finding']['message']}",
            code="AUDIT_LOG_ALTERED",
            next_step="Compare it with a backup or an earlier export, from that entry on.",
        )
    if kept:
        raise NimbusError(
            kept,
            code="AUDIT_LOG_ALTERED",
            next_step="The log was restored or replaced after that head was printed.",
        )


def _check_kept(api: Client, kept: str, pruned_through: int) -> str:
    """What is wrong with the log in the light of a head that was kept elsewhere; "" when it is in it. Raises
    NimbusError for one whose entry age has taken away."""
    sequence, _, hash_ = kept.partition(":")
    if not (sequence.isascii() and sequence.isdigit() and 0 < int(sequence) < 2**53 and hash_):
        raise UsageError(f"--head takes SEQUENCE:HASH as `nimbus audit head` prints them, not {kept!r}")
    if int(sequence) <= pruned_through:
        raise NimbusError(
            f"entry {sequence} of that head was deleted at the end of its retention, so it cannot be compared",
            next_step="Keep a newer one: nimbus audit head",
        )
    answer = api.request("GET", f"{_BASE}/export", query={"after": int(sequence) - 1, "limit": 1})
    row = answer["data"][0] if answer["data"] else None
    if row is None or row["sequence"] != int(sequence):
        return f"entry {sequence} of that head is not in the audit log"
    return (
        ""
        if row["hash"] == hash_.lower()
        else f"entry {sequence} of the audit log is not the one of that head"
    )


def _head(options: argparse.Namespace) -> None:
    head = client(options).get(f"{_BASE}/head")
    details(options, head, _HEAD)
    if options.output in ("table", "wide"):
        kept = f"{head['sequence']}:{head['hash']}"
        print(f"Keep this outside the control plane. Check against it: nimbus audit verify --head {kept}")


def _retention(options: argparse.Namespace) -> None:
    kept = client(options).get(f"{_BASE}/retention")
    details(options, kept, _KEPT)


def _export(options: argparse.Namespace) -> None:
    api, filters = client(options), _filters(options)
    with _output(options.file) as out:
        write = _write_csv if options.format == "csv" else _write_json
        count = write(out, _pages(api, filters))
    if options.file:
        print(f"{_entries(count)} in {options.file}", file=sys.stderr)


def _pages(api: Client, filters: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    after: int | None = 0
    while after is not None:
        answer = api.request(
            "GET", f"{_BASE}/export", query={**filters, "after": after, "limit": _EXPORT_ROWS}
        )
        yield answer["data"]
        after = answer["next"]


def _write_csv(out: TextIO, pages: Iterator[list[dict[str, Any]]]) -> int:
    from nimbus.kernel.csv_text import csv_text

    count = 0
    out.write(csv_text([["_".join(path) for path in _CSV]]))
    for rows in pages:
        out.write(csv_text([[_cell(row, path) for path in _CSV] for row in rows]))
        count += len(rows)
    return count


def _cell(row: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = row
    for name in path:
        value = value[name]
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None
    return value


def _write_json(out: TextIO, pages: Iterator[list[dict[str, Any]]]) -> int:
    """One array, a row on each line."""
    count = 0
    out.write("[")
    for rows in pages:
        for row in rows:
            out.write(",\n" if count else "\n")
            out.write(json.dumps(row, ensure_ascii=False))
            count += 1
    out.write("\n]\n")
    return count


@contextmanager
def _output(file: str | None) -> Iterator[TextIO]:
    """Only the owner may read it: the log says who did what from where."""
    if file is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be created: {error.strerror}", next_step="Name a new file."
        ) from None
    with open(descriptor, "w", encoding="utf-8", newline="") as out:
        yield out


def change_text(before: dict[str, Any], after: dict[str, Any]) -> str:
    """In one short line; "" when nothing is told."""
    parts = []
    for name in sorted(before.keys() | after.keys()):
        then, now = (json.dumps(side.get(name), ensure_ascii=False) for side in (before, after))
        parts.append(f"{name}: {then} -> {now}")
    text = "; ".join(parts)
    return text if len(text) <= MAX_CHANGE else text[: MAX_CHANGE - 1] + "…"
