"""`nimbus settings`: what a control plane runs with."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import client
from nimbus.cli.output import Column, details, duration, print_data, show, size

_SETTINGS = (
    Column("SETTING", "name"),
    Column("VALUE", "value"),
    Column("FROM", "source"),
    Column("DEFAULT", "default", wide=True),
    Column("WHAT", "help", wide=True),
)
_RETENTION = (
    Column("TABLE", "table"),
    Column("ROWS", lambda line: "many" if line["rows"] is None else line["rows"]),
    Column("OLDEST", lambda line: (line["oldest"] or "-")[:19]),
    Column("KEPT", "keeps"),
)
_DETAILS = (
    Column("Nimbus", lambda a: f"{a['versions']['nimbus']} (agent protocol {a['versions']['protocol']})"),
    Column("Up", lambda a: f"{duration(a['uptime_s'])}, since {a['started_at']}"),
    Column("Python", lambda a: a["versions"]["python"]),
    Column("SQLite", lambda a: a["versions"]["sqlite"]),
    Column("OpenSSL", lambda a: a["versions"]["openssl"]),
    Column("Platform", lambda a: a["versions"]["platform"]),
    Column("Certificate", lambda a: a["server_certificate"]["subject"]),
    Column("  for", lambda a: ", ".join(a["server_certificate"]["names"])),
    Column("  until", lambda a: a["server_certificate"]["not_after"]),
    Column("  SHA-256", lambda a: a["server_certificate"]["fingerprint"]),
    Column("CA", lambda a: a["authority"]["subject"]),
    Column("  until", lambda a: a["authority"]["not_after"]),
    Column("  SHA-256", lambda a: a["authority"]["fingerprint"]),
    Column("Database", lambda a: f"{a['database']['file']}, {size(a['database']['size_bytes'])}"),
    Column("  schema", lambda a: f"{a['database']['schema_version']}, since {a['database']['migrated_at']}"),
    Column("  backups", lambda a: ", ".join(map(_backup, a["database"]["backups"]))),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    parser.add_argument("-o", "--output", choices=("table", "wide", "json", "yaml"), default="table")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_show)


def _show(options: argparse.Namespace) -> None:
    settings: dict[str, Any] = client(options).get("/api/v1/settings")
    if options.output in ("json", "yaml"):
        print_data(options.output, settings)
        return
    details(options, settings, _DETAILS)
    print()
    show(options, settings["settings"], _SETTINGS)
    print()
    there = [line for line in settings["retention"] if options.output == "wide" or line["rows"] != 0]
    show(options, there, _RETENTION)


def _backup(backup: dict[str, Any]) -> str:
    return f"{backup['file']} ({size(backup['size_bytes'])}, {backup['modified_at'][:19]}Z)"
