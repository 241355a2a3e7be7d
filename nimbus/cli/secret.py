"""`nimbus secret`."""

from __future__ import annotations

import argparse
import base64
import sys
import time
from pathlib import Path
from typing import Any

from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, age, details, print_data, printable, show, watched
from nimbus.cli.progress import Progress
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import NimbusError, UsageError

MAX_VALUE_BYTES = 64 * 1024
_POLL_INTERVAL_S = 0.5
_BASE = "/api/v1/secrets"
_MASTER_KEY = _BASE + "/master-key"

_COLUMNS = (
    Column("NAME", lambda s: s["name"]),
    Column("VERSION", lambda s: s["version"], right=True),
    Column("UPDATED", lambda s: age(s["updated_at"])),
    Column("READ", lambda s: age(s["last_read_at"])),
    Column("USED BY", lambda s: len(s["references"]) or None, right=True),
    Column("LABELS", lambda s: _labels(s["labels"])),
    Column("ID", lambda s: s["id"], wide=True),
    Column("WORKSPACE", lambda s: s["workspace"], wide=True),
    Column("BY", lambda s: s["created_by"], wide=True),
    Column("DESCRIPTION", lambda s: s["description"], wide=True),
)
_DETAILS = (
    Column("Name", lambda s: s["name"]),
    Column("Id", lambda s: s["id"]),
    Column("Workspace", lambda s: s["workspace"]),
    Column("Description", lambda s: s["description"]),
    Column("Labels", lambda s: _labels(s["labels"])),
    Column("Version", lambda s: s["version"]),
    Column("Encoding", lambda s: s["encoding"]),
    Column("Created", lambda s: f"{s['created_at']} by {s['created_by']}"),
    Column("Updated", lambda s: s["updated_at"]),
    Column("Last read", lambda s: s["last_read_at"]),
    Column("Used by", lambda s: ", ".join(_use(use) for use in s["references"])),
)
_VERSIONS = (
    Column("VERSION", lambda v: v["version"], right=True),
    Column("CURRENT", lambda v: v["current"]),
    Column("CREATED", lambda v: v["created_at"]),
    Column("BY", lambda v: v["created_by"]),
    Column("RESTORED FROM", lambda v: v["restored_from"], right=True),
)
_KEYS = (
    Column("KEY", lambda k: k["key_id"]),
    Column("PRIMARY", lambda k: k["primary"]),
    Column("VALUES", lambda k: k["values"], right=True),
    Column("IN FILE", lambda k: k["in_file"]),
    Column("SINCE", lambda k: k["adopted_at"]),
)
_VALUE_HELP = (
    "The value comes from a prompt, from --from-file, or from standard input; never from the command line, which "
    "others can see. Of standard input one line end at its end is cut; a file (also `--from-file -`) is taken as "
    "it is."
)


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _use(use: dict[str, str]) -> str:
    return f"{use['resource_kind']} {use['resource_id']} ({use['field']})"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    def verb(
        name: str, summary: str, run: Any, *, named: bool = True, watch: bool = False, **more: Any
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verbs.add_parser(
            name, parents=[shared(workspace=True, watch=watch)], help=summary, **more
        )
        if named:
            made.add_argument("name", metavar="SECRET", help="name or id")
        made.set_defaults(run=run)
        return made

    create = verb("create", "keep a new secret", _create, epilog=_VALUE_HELP)
    create.add_argument("--from-file", metavar="FILE", help="take the value from a file (-: standard input)")
    create.add_argument("--description", default="", help="what it is for")
    create.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")

    listing = verb("list", "list secrets, without values", _list, named=False, watch=True)
    listing.add_argument("--label", metavar="KEY=VALUE", help="only secrets with this label")

    verb("show", "show a secret, without its value", _show)

    get = verb("get", "print the value of a secret, and nothing else", _get)
    get.add_argument("--version", type=int, metavar="N", help="an older version")
    get.add_argument("--to-file", metavar="FILE", help="write the value to a file that only you can read")

    new = verb("set", "give a secret a new value", _set, epilog=_VALUE_HELP)
    new.add_argument("--from-file", metavar="FILE", help="take the value from a file (-: standard input)")

    change = verb("change", "rename, describe or label a secret", _change)
    change.add_argument("--rename", metavar="NAME")
    change.add_argument("--description")
    change.add_argument(
        "--label", action="append", metavar="KEY=VALUE|KEY-", help="KEY- takes the label away"
    )

    verb("versions", "list the versions of a secret", _versions)

    rollback = verb("rollback", "make an older version the current one again", _rollback)
    rollback.add_argument("--to", type=int, metavar="N", help="version (default: the one before)")

    delete = verb("delete", "delete a secret with all of its versions", _delete)
    delete.add_argument("--force", action="store_true", help="also when something uses it")
    delete.add_argument("--yes", action="store_true", help="do not ask")

    verb("master-key", "show the master keys and what they seal", _master_key, named=False)
    rotate = verb(
        "rotate-master-key", "make a new master key and re-encrypt all with it", _rotate, named=False
    )
    rotate.add_argument("--wait", action="store_true", help="until all is re-encrypted, with progress")


def _path(options: argparse.Namespace, below: str = "") -> str:
    return f"{_BASE}/{segment(options.name)}{below}"


def _request(options: argparse.Namespace, method: str, path: str, body: Any = None, **query: Any) -> Any:
    return client(options).request(method, path, query=query, body=body)["data"]


# Values.


def _new_value(options: argparse.Namespace) -> dict[str, str]:
    """As the API takes it: text when it is text, else base64. Raises UsageError."""
    content = _content(options)
    if not content:
        raise UsageError("the value is empty")
    if len(content) > MAX_VALUE_BYTES:
        raise UsageError(f"the value is larger than {MAX_VALUE_BYTES} bytes")
    try:
        return {"value": content.decode(), "encoding": "text"}
    except UnicodeDecodeError:
        return {"value": base64.b64encode(content).decode(), "encoding": "base64"}


def _content(options: argparse.Namespace) -> bytes:
    if options.from_file == "-":
        return sys.stdin.buffer.read(MAX_VALUE_BYTES + 1)
    if options.from_file:
        try:
            with open(options.from_file, "rb") as stream:
                return stream.read(MAX_VALUE_BYTES + 1)
        except OSError as error:
            raise UsageError(f"{options.from_file} cannot be read: {error.strerror}") from None
    if not sys.stdin.isatty():
        content = sys.stdin.buffer.read(MAX_VALUE_BYTES + 3)
        end = next((end for end in (b"\r\n", b"\n") if content.endswith(end)), b"")
        return content[: len(content) - len(end)]
    import getpass

    value = getpass.getpass("Value: ")
    if value != getpass.getpass("Again: "):
        raise UsageError("the two values differ")
    return value.encode()


def _get(options: argparse.Namespace) -> None:
    found = _request(options, "GET", _path(options, "/value"), version=options.version)
    if options.output in ("json", "yaml"):
        print_data(options.output, found)
        return
    value: str = found["value"]
    content = base64.b64decode(value) if found["encoding"] == "base64" else value.encode()
    if options.to_file:
        _write(Path(options.to_file), content)
    elif sys.stdout.isatty():
        if found["encoding"] == "base64":
            raise UsageError("the value is not text", next_step="Redirect it, or use --to-file or -o json.")
        print("\n".join(printable(line.replace("\t", "    ")) for line in value.split("\n")))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _write(file: Path, content: bytes) -> None:
    from nimbus.protocol.files import write_atomically

    try:
        write_atomically(file, content)
    except OSError as error:
        raise NimbusError(f"{file} cannot be written: {error.strerror}") from None


# Secrets.


def _create(options: argparse.Namespace) -> None:
    body = {
        "name": options.name,
        "description": options.description,
        "labels": key_values(options.label, "--label"),
        **_new_value(options),
    }
    show(options, _request(options, "POST", _BASE, body), _COLUMNS)


def _list(options: argparse.Namespace) -> None:
    api = client(options)
    empty = "There is no secret here yet. Keep one with: nimbus secret create NAME"
    watched(options, lambda: show(options, api.get_all(_BASE, label=options.label), _COLUMNS, empty=empty))


def _show(options: argparse.Namespace) -> None:
    details(options, _request(options, "GET", _path(options)), _DETAILS)


def _set(options: argparse.Namespace) -> None:
    show(options, _request(options, "PUT", _path(options, "/value"), _new_value(options)), _COLUMNS)


def _change(options: argparse.Namespace) -> None:
    labels: dict[str, str | None] = {}
    for word in options.label or ():
        if word.endswith("-") and "=" not in word and len(word) > 1:
            labels[word[:-1]] = None
        else:
            labels.update(key_values([word], "--label"))
    given = {"name": options.rename, "description": options.description, "labels": labels or None}
    patch = {field: value for field, value in given.items() if value is not None}
    if not patch:
        raise UsageError("nothing to change", next_step="Give --rename, --description or --label.")
    show(options, _request(options, "PATCH", _path(options), patch), _COLUMNS)


def _versions(options: argparse.Namespace) -> None:
    show(options, _request(options, "GET", _path(options, "/versions")), _VERSIONS)


def _rollback(options: argparse.Namespace) -> None:
    body = {} if options.to is None else {"version": options.to}
    show(options, _request(options, "POST", _path(options, "/rollback"), body), _COLUMNS)


def _delete(options: argparse.Namespace) -> None:
    confirm(f"Delete the secret {options.name} with all of its versions?", yes=options.yes)
    query = {"force": "true"} if options.force else {}
    gone = _request(options, "DELETE", _path(options), **query)
    if options.output in ("json", "yaml"):
        print_data(options.output, gone)
    else:
        print(f"The secret {gone['name']} is deleted.")


# The master key.


def _master_key(options: argparse.Namespace) -> None:
    _show_keys(options, client(options).get(_MASTER_KEY))


def _show_keys(options: argparse.Namespace, status: dict[str, Any]) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, status)
        return
    show(options, status["keys"], _KEYS)
    said = {
        "current": "All values are sealed with the primary key.",
        "reencrypting": f"Re-encrypting: {status['values_left']} of {status['values']} values left.",
        "retiring": "All values are sealed with the primary key. Old keys leave the file in a moment.",
        "remove-by-hand": "All values are sealed with the primary key.",
    }.get(status["state"], status["state"])
    print(f"{said} {printable(status['note'])}".rstrip())


def _rotate(options: argparse.Namespace) -> None:
    api = client(options)
    status = api.request("POST", _MASTER_KEY + "/rotations")["data"]
    if options.wait:
        status = _wait(api, status)
    _show_keys(options, status)


def _wait(api: Client, status: dict[str, Any]) -> dict[str, Any]:
    """Until all is re-encrypted; progress goes to standard error."""
    with Progress() as progress:
        while status["state"] == "reencrypting":
            done = status["values"] - status["values_left"]
            progress.say(f"re-encrypting: {done} of {status['values']} values")
            time.sleep(_POLL_INTERVAL_S)
            status = api.get(_MASTER_KEY)
    return status
