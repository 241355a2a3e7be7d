"""Verbs that virtual hosts, upstreams and templates share: versions, differences, rollback, preview, edit."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.noun import Field, Noun
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, labels_of, print_data, printable, show
from nimbus.client.client import Client
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK, NimbusError, UsageError

# What the API shows beside what an operator says.
FACTS = (
    "id",
    "workspace_id",
    "workspace",
    "name",
    "description",
    "labels",
    "version",
    "sha256",
    "summary",
    "references",
    "used_by",
    "notes",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "revision",
    "built_in",
)
SUMMARY = Field("--summary", metavar="TEXT", help="why, for the list of versions")
USES = Field("--uses", metavar="ID", help="only those that use the object with this id")
SEARCH = Field("--search", metavar="WORDS", help="only those with these words in name or description")
_VERSIONS = (
    Column("VERSION", "version", right=True),
    Column("CURRENT", "current"),
    Column("CREATED", "created_at"),
    Column("BY", "created_by"),
    Column("SUMMARY", "summary"),
    Column("RESTORED FROM", "restored_from", right=True),
    Column("SHA-256", "sha256", wide=True),
)
_PROBLEMS = (Column("FIELD", "field"), Column("LINE", "line", right=True), Column("PROBLEM", "message"))


def _is_built_in(shown: dict[str, Any]) -> bool:
    """It came with the program: nobody made it at any time."""
    return bool(shown.get("built_in"))


def columns(*own: Column) -> tuple[Column, ...]:
    return (
        Column("NAME", "name"),
        *own,
        Column("VERSION", "version", right=True),
        Column("USED BY", lambda o: len(o["used_by"]) or None, right=True),
        Column("UPDATED", lambda o: None if _is_built_in(o) else age(o["updated_at"])),
        Column("LABELS", labels_of),
        Column("ID", "id", wide=True),
        Column("WORKSPACE", "workspace", wide=True),
        Column("BY", "updated_by", wide=True),
        Column("DESCRIPTION", "description", wide=True),
    )


def details(*own: Column) -> tuple[Column, ...]:
    return (
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Workspace", "workspace"),
        Column("Description", "description"),
        Column("Labels", labels_of),
        *own,
        Column("Version", lambda o: f"{o['version']}{': ' + o['summary'] if o['summary'] else ''}"),
        Column("Uses", lambda o: ", ".join(f"{r['kind']} {r['name'] or r['id']}" for r in o["references"])),
        Column("Used by", lambda o: ", ".join(dict.fromkeys(_use(use) for use in o["used_by"]))),
        Column("Created", lambda o: None if _is_built_in(o) else f"{o['created_at']} by {o['created_by']}"),
        Column("Updated", lambda o: None if _is_built_in(o) else f"{o['updated_at']} by {o['updated_by']}"),
        Column("Notes", lambda o: "; ".join(_note(note) for note in o["notes"])),
    )


def _use(use: dict[str, str]) -> str:
    return f"{use['kind'].replace('_', ' ')} {use['name']}"


def _note(note: dict[str, str]) -> str:
    return f"{note['node']}: {note['message']}" if note["node"] else note["message"]


def add_version_verbs(noun: Noun, verbs: Any, one: str) -> None:
    def versions(options: argparse.Namespace) -> None:
        api = client(options)
        show(options, api.get_all(f"{noun.path_of(api, options)}/versions"), _VERSIONS)

    def rollback(options: argparse.Namespace) -> None:
        api = client(options)
        body = {"version": options.to, "summary": options.summary or ""}
        given = {name: value for name, value in body.items() if value is not None}
        show(options, api.post(f"{noun.path_of(api, options)}/rollback", given), noun.columns)

    def edit(options: argparse.Namespace) -> None:
        _edit(noun, options)

    noun.verb(verbs, "versions", f"list the versions of {one}", versions, rows=True)
    diff = noun.verb(verbs, "diff", f"show the differences between two versions of {one}", _diff(noun))
    diff.add_argument("--from", dest="since", type=int, metavar="N", help="version (default: the one before)")
    diff.add_argument("--to", type=int, metavar="N", help="version (default: the current one)")
    back = noun.verb(verbs, "rollback", "restore an older version", rollback, SUMMARY)
    back.add_argument("--to", type=int, metavar="N", help="version (default: the one before)")
    noun.verb(verbs, "edit", f"edit {one} in your editor", edit, SUMMARY)


def _diff(noun: Noun) -> Any:
    def diff(options: argparse.Namespace) -> None:
        api = client(options)
        query = {"from": options.since, "to": options.to}
        found = api.get(f"{noun.path_of(api, options)}/diff", **query)
        if options.output in ("json", "yaml"):
            print_data(options.output, found)
            return
        for change in found["changes"]:
            print(f"{printable(change['field'])}: {_short(change['before'])} -> {_short(change['after'])}")
        print("\n".join(printable(line) for line in found["text"].splitlines()))

    return diff


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return printable(text if len(text) <= 100 else text[:99] + "…")


def preview(options: argparse.Namespace, path: str, body: dict[str, Any]) -> int:
    """Prints what would be written; a problem is exit status 1."""
    found = client(options).request("POST", path, body=body)["data"]
    if options.output in ("json", "yaml"):
        print_data(options.output, found)
    elif found["problems"]:
        show(options, found["problems"], _PROBLEMS)
    else:
        for file in found["files"]:
            print(f"# {file['name']} for nginx {', '.join(file['nginx'])}")
            print("\n".join(printable(line.replace("\t", "    ")) for line in file["text"].splitlines()))
        for request in found["requests"]:
            print(f"# {printable(request)}")
    return EXIT_FAILED if found["problems"] else EXIT_OK


def fields_of_file(file: str) -> dict[str, Any]:
    """What an operator says, in YAML or JSON; of a document of `nimbus apply` its spec. Raises UsageError."""
    import yaml  # large, and only needed here

    try:
        given = yaml.safe_load(text_of(file))
    except yaml.YAMLError as error:
        raise UsageError(f"{file} cannot be read: {' '.join(str(error).split())}") from None
    if isinstance(given, dict) and isinstance(given.get("spec"), dict):
        given = given["spec"]
    if not isinstance(given, dict):
        raise UsageError(f"{file} does not have fields with values", next_step="See docs/edge.md.")
    return {str(name): value for name, value in given.items()}


def said_of(view: dict[str, Any]) -> dict[str, Any]:
    """What an operator said of it, without what Nimbus knows; names in the place of ids where there are any."""
    return {name: value for name, value in view.items() if name not in FACTS}


def _edit(noun: Noun, options: argparse.Namespace) -> None:
    import yaml

    api = client(options)
    path = noun.path_of(api, options)
    present = api.get(path)
    before = yaml.safe_dump(said_of(present), sort_keys=False, allow_unicode=True)
    file = _edited(before)
    if file.read_text("utf-8") == before:
        file.unlink()
        print("Nothing was changed.")
        return
    try:
        body = {**fields_of_file(str(file)), **({"summary": options.summary} if options.summary else {})}
        changed = _patched(api, path, body, present["revision"])
    except NimbusError as error:
        error.next_step = f"{error.next_step} What you wrote is in {file}.".strip()
        raise
    file.unlink()
    show(options, changed, noun.columns)


def _patched(api: Client, path: str, body: dict[str, Any], revision: int) -> Any:
    return api.request("PATCH", path, body=body, headers={"If-Match": f'"{revision}-"'})["data"]


def _edited(text: str) -> Path:
    """A file of the caller's alone, after the editor. Raises UsageError."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    handle, name = tempfile.mkstemp(prefix="nimbus-", suffix=".yaml")
    with open(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    try:
        done = subprocess.run([*command, name], check=False).returncode
    except OSError as error:
        raise UsageError(
            f"{command[0]} cannot be run: {error.strerror}", next_step="Set EDITOR, or use: set -f FILE"
        ) from None
    if done:
        raise UsageError(f"{command[0]} ended with status {done}, nothing was changed")
    return Path(name)
