"""`nimbus secret`."""

from __future__ import annotations

import argparse
import base64
import sys
import time
from pathlib import Path
from typing import Any

from nimbus.cli.noun import DESCRIPTION, LABEL_CHANGES, LABEL_FILTER, LABELS, RENAME, Field, Noun, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, labels_of, print_data, printable, show
from nimbus.cli.progress import Progress
from nimbus.client.client import Client
from nimbus.protocol.errors import NimbusError, UsageError

MAX_VALUE_BYTES = 64 * 1024
_POLL_INTERVAL_S = 0.5
_BASE = "/api/v1/secrets"
_MASTER_KEY = _BASE + "/master-key"

_SECRET = Noun(
    name="secret",
    path=_BASE,
    columns=(
        Column("NAME", "name"),
        Column("VERSION", "version", right=True),
        Column("UPDATED", lambda s: age(s["updated_at"])),
        Column("READ", lambda s: age(s["last_read_at"])),
        Column("USED BY", lambda s: len(s["references"]) or None, right=True),
        Column("LABELS", labels_of),
        Column("ID", "id", wide=True),
        Column("WORKSPACE", "workspace", wide=True),
        Column("BY", "created_by", wide=True),
        Column("DESCRIPTION", "description", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Workspace", "workspace"),
        Column("Description", "description"),
        Column("Labels", labels_of),
        Column("Version", "version"),
        Column("Encoding", "encoding"),
        Column("Created", lambda s: f"{s['created_at']} by {s['created_by']}"),
        Column("Updated", "updated_at"),
        Column("Last read", "last_read_at"),
        Column("Used by", lambda s: ", ".join(_use(use) for use in s["references"])),
    ),
    empty="No secrets yet. Create one: nimbus secret create NAME",
    metavar="SECRET",
    scoped=True,
)
_VERSIONS = (
    Column("VERSION", "version", right=True),
    Column("CURRENT", "current"),
    Column("CREATED", "created_at"),
    Column("BY", "created_by"),
    Column("RESTORED FROM", "restored_from", right=True),
)
_KEYS = (
    Column("KEY", "key_id"),
    Column("PRIMARY", "primary"),
    Column("VALUES", "values", right=True),
    Column("IN FILE", "in_file"),
    Column("SINCE", "adopted_at"),
)
_VALUE_HELP = (
    "The value comes from a prompt, from --from-file, or from standard input; never from the command line, which "
    "others can see. A line break at the end of standard input is removed; a file (also `--from-file -`) is used "
    "as it is."
)


def _use(use: dict[str, str]) -> str:
    return f"{use['resource_kind']} {use['resource_id']} ({use['field']})"


_FORCE = Field(
    "--force",
    action="store_true",
    help="even if something uses it",
    value=lambda wanted: "true" if wanted else None,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    create = _SECRET.create(
        verbs,
        "create a secret",
        Field("name", metavar="SECRET", help="name"),
        DESCRIPTION,
        LABELS,
        more=_new_value,
        epilog=_VALUE_HELP,
    )
    _add_from_file(create)
    _SECRET.list(verbs, "list secrets without their values", LABEL_FILTER)
    _SECRET.show(verbs, "show a secret without its value")
    get = _SECRET.verb(verbs, "get", "print the value of a secret", _get)
    get.add_argument("--version", type=int, metavar="N", help="an older version")
    get.add_argument("--to-file", metavar="FILE", help="write the value to a new file that only you can read")
    _add_from_file(_SECRET.verb(verbs, "set", "set a new value", _set, epilog=_VALUE_HELP))
    _SECRET.update(
        verbs, "rename, describe or label a secret", RENAME, DESCRIPTION, LABEL_CHANGES, word="change"
    )
    _SECRET.verb(verbs, "versions", "list the versions of a secret", _versions, rows=True)
    rollback = _SECRET.verb(verbs, "rollback", "restore an older version", _rollback)
    rollback.add_argument("--to", type=int, metavar="N", help="version (default: the one before)")
    _SECRET.delete(
        verbs,
        "delete a secret with all its versions",
        "Delete secret {name} with all its versions?",
        "Secret {name} deleted.",
        _FORCE,
    )
    _SECRET.verb(verbs, "master-key", "show the master keys and what they encrypt", _master_key, of_one=False)
    rotate = _SECRET.verb(
        verbs,
        "rotate-master-key",
        "create a new master key and re-encrypt everything with it",
        _rotate,
        of_one=False,
    )
    rotate.add_argument("--wait", action="store_true", help="wait until everything is re-encrypted")


class _NoValue(argparse.Action):
    """What somebody tries first, with the reason why it is not there."""

    def __call__(self, *_: Any) -> None:
        raise UsageError(
            "a value is never given on the command line, where others can see it",
            next_step="Leave it out to be asked for it, use --from-file FILE, or pass it on standard input.",
        )


def _add_from_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--value", action=_NoValue, help=argparse.SUPPRESS)
    parser.add_argument(
        "--from-file", metavar="FILE", help="read the value from a file (- for standard input)"
    )


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
    api = client(options)
    secret = api.get(f"{_SECRET.path_of(api, options)}/value", version=options.version)
    if options.output in ("json", "yaml"):
        print_data(options.output, secret)
        return
    value: str = secret["value"]
    content = base64.b64decode(value) if secret["encoding"] == "base64" else value.encode()
    if options.to_file:
        _write(Path(options.to_file), content)
    elif sys.stdout.isatty():
        if secret["encoding"] == "base64":
            raise UsageError(
                "the value is not text", next_step="Redirect the output, or use --to-file or -o json."
            )
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


def _set(options: argparse.Namespace) -> None:
    api = client(options)
    answer = api.request("PUT", f"{_SECRET.path_of(api, options)}/value", body=_new_value(options))
    show(options, answer["data"], _SECRET.columns)


def _versions(options: argparse.Namespace) -> None:
    api = client(options)
    show(options, api.get(f"{_SECRET.path_of(api, options)}/versions"), _VERSIONS)


def _rollback(options: argparse.Namespace) -> None:
    api = client(options)
    body = {} if options.to is None else {"version": options.to}
    show(options, api.post(f"{_SECRET.path_of(api, options)}/rollback", body), _SECRET.columns)


# The master key.


def _master_key(options: argparse.Namespace) -> None:
    _show_keys(options, client(options).get(_MASTER_KEY))


def _show_keys(options: argparse.Namespace, status: dict[str, Any]) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, status)
        return
    show(options, status["keys"], _KEYS)
    said = {
        "current": "All values are encrypted with the primary key.",
        "reencrypting": f"Re-encrypting: {status['values_left']} of {status['values']} values left.",
        "retiring": "All values are encrypted with the primary key. Old keys are being removed from the file.",
        "remove-by-hand": "All values are encrypted with the primary key.",
        "unreadable": f"{status['unreadable']} of {status['values']} values cannot be read.",
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
