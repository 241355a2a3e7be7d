"""`nimbus vhost import`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from nimbus.cli.edge_objects.directives import Said
from nimbus.cli.edge_objects.importing import Imported, imported
from nimbus.cli.edge_objects.nginx_files import NginxFiles
from nimbus.cli.options import client
from nimbus.cli.output import Column, counted, print_data, printable, show
from nimbus.client.client import ApiError, Client
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK

_ROWS = (Column("KIND", "kind"), Column("NAME", "name"), Column("WHAT", "what"), Column("RESULT", "result"))


def import_files(options: argparse.Namespace) -> int:
    """Creates what fits, and says of each line that did not why. What the API refuses is said, and the rest goes
    on; then the exit status is 1."""
    files = [NginxFiles(Path(file)) for file in options.files]
    found = imported([one for file in files for one in file.read()], options.certificate or "")
    found.lost[:0] = [said for file in files for said in file.said]
    api = None if options.dry_run else client(options)
    rows = [_made(api, "upstream", "/api/v1/upstreams", body) for body in found.upstreams]
    rows += [_made(api, "virtual host", "/api/v1/virtual-hosts", body) for body in found.hosts]
    if options.output in ("json", "yaml"):
        print_data(options.output, _data(found, rows))
    else:
        show(options, rows, _ROWS, empty="Nothing in it can become a virtual host or an upstream.")
        _say(found.lost)
    return EXIT_FAILED if any(row["failed"] for row in rows) else EXIT_OK


def _made(api: Client | None, kind: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """`api` None: only what would be."""
    names = body.get("server_name") or [server["address"] for server in body["servers"]]
    row = {"kind": kind, "name": body["name"], "what": ", ".join(names[:4]), "failed": False}
    if api is None:
        return {**row, "result": "would be created"}
    try:
        api.post(path, {**body, "summary": "imported"})
    except ApiError as error:
        return {**row, "failed": True, "result": error.message}
    return {**row, "result": "created"}


def _say(lost: list[Said]) -> None:
    for said in lost:
        print(f"{printable(said.place)}: {printable(said.text)}", file=sys.stderr)
    if lost:
        print(f"{counted(len(lost), 'line')} did not fit.", file=sys.stderr)


def _data(found: Imported, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "upstreams": found.upstreams,
        "virtual_hosts": found.hosts,
        "results": [{name: row[name] for name in ("kind", "name", "result", "failed")} for row in rows],
        "not_taken": [{"place": said.place, "message": said.text} for said in found.lost],
    }
