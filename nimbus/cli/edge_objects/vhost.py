"""`nimbus vhost`."""

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

_ACTIONS = ("upstream", "proxy_pass", "root", "redirect")


def _tls(host: dict[str, Any]) -> str | None:
    if not host["ssl_enabled"]:
        return None
    known = next((r["name"] for r in host["references"] if r["kind"] == "certificate"), "")
    return known or str(host["ssl_certificate_id"])


def _template(host: dict[str, Any]) -> str:
    return next(
        (str(r["name"]) for r in host["references"] if r["kind"] == "template"), str(host["template"])
    )


def _location(location: dict[str, Any], host: dict[str, Any]) -> str:
    names = {r["id"]: r["name"] for r in host["references"]}
    upstream = location.get("upstream_id")
    to = f"upstream {names.get(upstream) or upstream}" if upstream else ""
    what = to or location.get("proxy_pass") or location.get("root") or location.get("redirect")
    return f"{location['path']} -> {what}"


def _targets(host: dict[str, Any]) -> str:
    targets = host["target_agents"]
    if targets.get("kind") == "labels":
        return ", ".join(f"{key}={value}" for key, value in targets["labels"].items())
    if targets.get("kind") == "node":
        return next((str(r["name"]) for r in host["references"] if r["kind"] == "node"), str(targets["node"]))
    return str(targets.get("kind", "workspace"))


_VHOST = Noun(
    name="vhost",
    path="/api/v1/virtual-hosts",
    columns=columns(
        Column("DOMAINS", lambda h: ", ".join(h["server_name"][:3]) + (" …" * (len(h["server_name"]) > 3))),
        Column("PORT", "listen_port", right=True),
        Column("CERTIFICATE", _tls),
        Column("LOCATIONS", lambda h: len(h["locations"]), right=True),
        Column("TEMPLATE", _template),
    ),
    details=details(
        Column("Domains", lambda h: ", ".join(h["server_name"])),
        Column("Port", "listen_port"),
        Column("Certificate", _tls),
        Column("Template", _template),
        Column("Edges", _targets),
        Column("Locations", lambda h: ", ".join(_location(one, h) for one in h["locations"])),
    ),
    empty="No virtual hosts yet. Create one: nimbus vhost create NAME --domain DOMAIN --upstream UPSTREAM --no-tls",
    metavar="VHOST",
    scoped=True,
    answers_with_details=True,
)
_PARTS = (
    Field("--domain", "server_name", action="append", metavar="DOMAIN", help="domain, can be repeated"),
    Field("--port", "listen_port", type=int, metavar="PORT", help="port (default: 443)"),
    Field("--certificate", "ssl_certificate_id", metavar="NAME", help="name or id of the certificate"),
    Field("--no-tls", "ssl_enabled", action="store_const", const=False, help="without TLS"),
    Field("--template", metavar="NAME", help="template (default: default)"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    create = _VHOST.create(
        verbs, "create a virtual host", NAME, *_PARTS, DESCRIPTION, LABELS, SUMMARY, more=_given
    )
    changed = _VHOST.update(
        verbs,
        "change a virtual host",
        *_PARTS,
        RENAME,
        DESCRIPTION,
        LABEL_CHANGES,
        SUMMARY,
        word="set",
        more=_given,
    )
    for verb in (create, changed):
        _add_location(verb)
    _VHOST.list(
        verbs,
        "list virtual hosts",
        LABEL_FILTER,
        SEARCH,
        USES,
        Field("--domain", "server_name", metavar="DOMAIN", help="only those that answer this domain"),
    )
    _VHOST.show(verbs, "show a virtual host")
    _VHOST.delete(
        verbs,
        "delete a virtual host with all its versions",
        "Delete virtual host {name} with all its versions?",
        "Virtual host {name} deleted.",
    )
    add_version_verbs(_VHOST, verbs, "a virtual host")
    shown = _VHOST.verb(verbs, "preview", "show what would be written, without saving", _preview)
    shown.add_argument(
        "-f", "--file", metavar="FILE", help="fields to change first (YAML or JSON, - for standard input)"
    )
    imported = _VHOST.verb(
        verbs, "import", "create virtual hosts and upstreams from files of nginx", _import, of_one=False
    )
    imported.add_argument(
        "files", metavar="FILE", nargs="+", help="nginx configuration, also of nginx-proxy-manager"
    )
    imported.add_argument("--dry-run", action="store_true", help="only show what would be created")
    imported.add_argument("--certificate", metavar="NAME", help="certificate for the virtual hosts with TLS")


def _add_location(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--file", metavar="FILE", help="fields (YAML or JSON, - for standard input)")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--upstream", metavar="NAME", help="send all requests to this upstream")
    group.add_argument("--proxy-pass", metavar="URL", help="send all requests to this URL")
    group.add_argument("--root", metavar="FOLDER", help="serve the files of this folder")
    group.add_argument("--redirect", metavar="URL", help="redirect all requests")


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """Of the file, and the one location that the options say. Raises UsageError."""
    given = fields_of_file(options.file) if options.file else {}
    chosen = [(name, getattr(options, name)) for name in _ACTIONS if getattr(options, name)]
    if chosen:
        if "locations" in given:
            raise UsageError(f"--{chosen[0][0].replace('_', '-')}: the file has locations already")
        field = {"upstream": "upstream_id"}.get(chosen[0][0], chosen[0][0])
        given["locations"] = [{"path": "/", field: chosen[0][1]}]
    return given


def _preview(options: argparse.Namespace) -> int:
    path = f"{_VHOST.path_of(client(options), options)}/preview"
    return preview(options, path, fields_of_file(options.file) if options.file else {})


def _import(options: argparse.Namespace) -> int:
    from nimbus.cli.edge_objects.import_command import import_files

    return import_files(options)
