"""`nimbus template`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.edge_objects.versions import SEARCH, SUMMARY, add_version_verbs, columns, details, preview
from nimbus.cli.files import text_of
from nimbus.cli.noun import DESCRIPTION, LABEL_CHANGES, LABEL_FILTER, LABELS, NAME, RENAME, Noun, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column

_TEMPLATE = Noun(
    name="template",
    path="/api/v1/templates",
    columns=columns(Column("BUILT IN", "built_in")),
    details=details(Column("Built in", "built_in"), Column("Lines", lambda t: t["text"].count("\n"))),
    empty="No templates match.",
    metavar="TEMPLATE",
    scoped=True,
    answers_with_details=True,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    create = _TEMPLATE.create(verbs, "create a template", NAME, DESCRIPTION, LABELS, SUMMARY, more=_given)
    changed = _TEMPLATE.update(
        verbs, "change a template", RENAME, DESCRIPTION, LABEL_CHANGES, SUMMARY, word="set", more=_given
    )
    for verb in (create, changed):
        verb.add_argument(
            "-f",
            "--file",
            required=verb is create,
            metavar="FILE",
            help="the template's text (- for standard input)",
        )
    _TEMPLATE.list(verbs, "list templates", LABEL_FILTER, SEARCH)
    _TEMPLATE.show(verbs, "show a template")
    _TEMPLATE.delete(
        verbs,
        "delete a template with all its versions",
        "Delete template {name} with all its versions?",
        "Template {name} deleted.",
    )
    add_version_verbs(_TEMPLATE, verbs, "a template")
    shown = _TEMPLATE.verb(
        verbs, "preview", "show what a template makes of an example, without saving", _preview, of_one=False
    )
    shown.add_argument("file", metavar="FILE", help="the template's text (- for standard input)")
    text = _TEMPLATE.verb(verbs, "text", "print the text of a template", _text)
    text.set_defaults(output="table")


def _given(options: argparse.Namespace) -> dict[str, Any]:
    return {"text": text_of(options.file)} if options.file else {}


def _preview(options: argparse.Namespace) -> int:
    return preview(options, f"{_TEMPLATE.path}/preview", {"text": text_of(options.file)})


def _text(options: argparse.Namespace) -> None:
    api = client(options)
    print(api.get(_TEMPLATE.path_of(api, options))["text"], end="")
