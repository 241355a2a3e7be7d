"""`nimbus settings`: what a control plane runs with, and changing what needs no restart."""

from __future__ import annotations

import argparse
import difflib
from typing import Any

from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, details, duration, print_data, show, size
from nimbus.protocol.errors import UsageError

_PATH = "/api/v1/settings"
_SETTINGS = (
    Column("SETTING", "name"),
    Column("VALUE", "value"),
    Column("FROM", "source"),
    Column("RESTART", lambda setting: "no" if setting["changeable"] else "needed"),
    Column("DEFAULT", "default", wide=True),
    Column("AREA", "area", wide=True),
    Column("WHAT", "help", wide=True),
)
_SETTING = (
    Column("Setting", "name"),
    Column("Value", "value"),
    Column("Default", "default"),
    Column("From", "source"),
    Column("Changed", lambda s: f"{s['changed_at']} by {s['changed_by']}" if s["changed_at"] else None),
    Column("Restart", lambda s: "not needed" if s["changeable"] else "needed"),
    Column("Flag", "flag"),
    Column("Variable", "variable"),
    Column("What", "help"),
)
_RETENTION = (
    Column("TABLE", "table"),
    Column("ROWS", lambda line: "many" if line["rows"] is None else line["rows"]),
    Column("OLDEST", lambda line: (line["oldest"] or "-")[:19]),
    Column("KEPT", "keeps"),
)
_DETAILS = (
    Column("Nimbus", lambda a: f"{a['versions']['nimbus']} (agent protocol {a['versions']['protocol']})"),
    Column("Build", lambda a: a["versions"]["build"] or "-"),
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
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_show)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=False)
    verbs.add_parser(
        "show", parents=[shared()], help="show settings, versions, certificates and the database (default)"
    ).set_defaults(run=_show)

    listing = verbs.add_parser(
        "list", parents=[shared(rows=True)], help="list the settings and where each is set"
    )
    listing.add_argument("--changed", action="store_true", help="only settings that are not the default")
    listing.set_defaults(run=_list)

    getting = verbs.add_parser("get", parents=[shared()], help="show a setting")
    getting.add_argument("name", metavar="NAME")
    getting.set_defaults(run=_get)

    setting = verbs.add_parser("set", parents=[shared()], help="change settings that need no restart")
    setting.add_argument("values", metavar="NAME=VALUE", nargs="+")
    setting.set_defaults(run=_set)

    unsetting = verbs.add_parser("unset", parents=[shared()], help="restore the default of settings")
    unsetting.add_argument("names", metavar="NAME", nargs="+")
    unsetting.set_defaults(run=_unset)
    for verb in (setting, unsetting):
        verb.add_argument(
            "-y", "--yes", action="store_true", help="also when the change deletes data or allows more"
        )


def _show(options: argparse.Namespace) -> None:
    settings: dict[str, Any] = client(options).get(_PATH)
    if options.output in ("json", "yaml"):
        print_data(options.output, settings)
        return
    details(options, settings, _DETAILS)
    print()
    show(options, settings["settings"], _SETTINGS)
    print()
    there = [line for line in settings["retention"] if options.output == "wide" or line["rows"] != 0]
    show(options, there, _RETENTION)


def _list(options: argparse.Namespace) -> None:
    settings = client(options).get(_PATH)["settings"]
    show(options, [one for one in settings if not options.changed or one["origin"] != "default"], _SETTINGS)


def _get(options: argparse.Namespace) -> None:
    details(options, _named(client(options).get(_PATH)["settings"], options.name), _SETTING)


def _set(options: argparse.Namespace) -> None:
    given = {}
    for text in options.values:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise UsageError(f"{text!r} is not NAME=VALUE", next_step="For example: log_level=debug")
        given[name.strip().replace("-", "_")] = value
    _change(options, given)


def _unset(options: argparse.Namespace) -> None:
    _change(options, dict.fromkeys(name.replace("-", "_") for name in options.names))


def _change(options: argparse.Namespace, given: dict[str, str | None]) -> None:
    asking = client(options)
    settings = asking.get(_PATH)["settings"]
    changes = {name: _typed(_named(settings, name), value) for name, value in given.items()}
    answer = asking.patch(_PATH, {**changes, "confirm": options.yes})
    show(options, [one for one in answer["settings"] if one["name"] in given], _SETTINGS)


def _named(settings: list[dict[str, Any]], name: str) -> dict[str, Any]:
    wanted = name.replace("-", "_")
    for setting in settings:
        if setting["name"] == wanted:
            return setting
    names = [setting["name"] for setting in settings]
    nearest = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    raise UsageError(
        f"there is no setting {name!r}",
        next_step=f"Did you mean {nearest[0]}?" if nearest else "See them all with: nimbus settings list",
    )


def _typed(setting: dict[str, Any], text: str | None) -> Any:
    """The value in the type of the setting. Raises UsageError."""
    name, default = setting["name"], setting["default"]
    if not setting["changeable"]:
        raise UsageError(
            f"{name} can be changed by a restart only",
            next_step=f"Set {name} in the configuration file, or {setting['variable']}, or {setting['flag']}.",
        )
    if text is None or isinstance(default, str):
        return text
    try:
        return int(text) if isinstance(default, int) else float(text)
    except ValueError:
        raise UsageError(f"{name}: {text!r} is not a number") from None


def _backup(backup: dict[str, Any]) -> str:
    return f"{backup['file']} ({size(backup['size_bytes'])}, {backup['modified_at'][:19]}Z)"
