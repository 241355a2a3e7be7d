"""`nimbus upstream`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.edge_objects.versions import (
    SEARCH,
    SUMMARY,
    USES,
    add_version_verbs,
    columns,
    details,
    fields_of_file,
    preview,
)
from nimbus.cli.noun import (
    DESCRIPTION,
    LABEL_CHANGES,
    LABEL_FILTER,
    LABELS,
    NAME,
    RENAME,
    Field,
    Noun,
    verbs_of,
)
from nimbus.cli.options import client
from nimbus.cli.output import Column
from nimbus.protocol.errors import UsageError

_ALGORITHMS = ("round_robin", "least_connections", "ip_hash", "weighted")


def _servers(upstream: dict[str, Any]) -> str:
    names = {r["id"]: r["name"] for r in upstream["references"]}
    return ", ".join(
        server.get("address") or f"node {names.get(server['node']) or server['node']}:{server['port']}"
        for server in upstream["servers"]
    )


_UPSTREAM = Noun(
    name="upstream",
    path="/api/v1/upstreams",
    columns=columns(
        Column("SERVERS", lambda u: len(u["servers"]), right=True),
        Column("ALGORITHM", "algorithm"),
        Column("CHECK", lambda u: u["health_check"] and u["health_check"].get("kind", "http")),
    ),
    details=details(
        Column("Servers", _servers),
        Column("Algorithm", "algorithm"),
        Column("Health check", lambda u: u["health_check"] and u["health_check"].get("kind", "http")),
        Column("TLS", lambda u: u["tls"] and (u["tls"].get("server_name") or "yes")),
        Column("Keep-alive", "keepalive"),
    ),
    empty="No upstreams yet. Create one: nimbus upstream create NAME --server 10.0.0.5:8080",
    metavar="UPSTREAM",
    scoped=True,
    answers_with_details=True,
)
_ALGORITHM = Field("--algorithm", choices=_ALGORITHMS, help="how a server is chosen")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    create = _UPSTREAM.create(
        verbs, "create an upstream", NAME, _ALGORITHM, DESCRIPTION, LABELS, SUMMARY, more=_given
    )
    changed = _UPSTREAM.update(
        verbs,
        "change an upstream",
        _ALGORITHM,
        RENAME,
        DESCRIPTION,
        LABEL_CHANGES,
        SUMMARY,
        word="set",
        more=_given,
    )
    for verb in (create, changed):
        verb.add_argument("-f", "--file", metavar="FILE", help="fields (YAML or JSON, - for standard input)")
        verb.add_argument(
            "--server",
            action="append",
            metavar="ADDRESS:PORT",
            help="address, name or unix:PATH of a server, can be repeated; set replaces all",
        )
        verb.add_argument(
            "--on-node", action="append", metavar="NODE:PORT", help="server on a node, can be repeated"
        )
    _UPSTREAM.list(verbs, "list upstreams", LABEL_FILTER, SEARCH, USES)
    _UPSTREAM.show(verbs, "show an upstream")
    _UPSTREAM.delete(
        verbs,
        "delete an upstream with all its versions",
        "Delete upstream {name} with all its versions?",
        "Upstream {name} deleted.",
    )
    add_version_verbs(_UPSTREAM, verbs, "an upstream")
    shown = _UPSTREAM.verb(verbs, "preview", "show what would be written, without saving", _preview)
    shown.add_argument(
        "-f", "--file", metavar="FILE", help="fields to change first (YAML or JSON, - for standard input)"
    )


def _given(options: argparse.Namespace) -> dict[str, Any]:
    given = fields_of_file(options.file) if options.file else {}
    servers: list[dict[str, Any]] = [{"address": address} for address in options.server or ()]
    servers += [_on_node(text) for text in options.on_node or ()]
    if servers and "servers" in given:
        raise UsageError("--server: the file has servers already")
    return {**given, "servers": servers} if servers else given


def _on_node(text: str) -> dict[str, Any]:
    node, _, port = text.rpartition(":")
    if not node or not port.isdigit():
        raise UsageError(f"--on-node: {text!r} is no NODE:PORT such as web-1:8080")
    return {"node": node, "port": int(port)}


def _preview(options: argparse.Namespace) -> int:
    path = f"{_UPSTREAM.path_of(client(options), options)}/preview"
    return preview(options, path, fields_of_file(options.file) if options.file else {})
