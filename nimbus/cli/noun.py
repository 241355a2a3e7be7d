"""A noun of the command line, declared once: a collection of the API, how it is shown, what may be said of it.

    _GROUP = Noun("group", "/api/v1/groups", columns=_COLUMNS, empty="There is no group yet.")

    def add_arguments(parser):
        verbs = verbs_of(parser)
        _GROUP.list(verbs, "list groups", LABEL_FILTER)
        _GROUP.create(verbs, "make a group of users", NAME, DESCRIPTION, LABELS)
        _GROUP.delete(verbs, "delete a group with its grants", "Delete the group {name} with its grants?")
        _GROUP.verb(verbs, "members", "list the members of a group", _members)

Each method adds one verb: its parser with the options that all have, and what it does. A verb of its own is a
function that takes the options; `path_of` gives it the path of the resource that is named.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.options import client, confirm, key_values, label_changes, shared
from nimbus.cli.output import Column, details, printable, report, show, watched
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import UsageError

Options = argparse.Namespace


def as_it_is(value: Any) -> Any:
    return value


class Field:
    """An argument or option, and the field of the API that it is sent as: `name`, or what the option is called.
    `value` turns what was read into what is sent; None is not sent. All else is for argparse."""

    def __init__(
        self, flag: str, name: str = "", *, value: Callable[[Any], Any] = as_it_is, **argument: Any
    ) -> None:
        self._flag = flag
        self._argument = argument
        self._read_from = argument.get("dest", flag.lstrip("-").replace("-", "_"))
        self._value = value
        self.name = name or self._read_from

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(self._flag, **self._argument)

    def sent(self, options: Options) -> Any:
        value = getattr(options, self._read_from)
        return None if value is None else self._value(value)


def sent(fields: Sequence[Field], options: Options) -> dict[str, Any]:
    """The fields that were given, as a body or a query of the API."""
    values = {field.name: field.sent(options) for field in fields}
    return {name: value for name, value in values.items() if value is not None}


def _parameter(text: str) -> Any:
    """JSON when it reads as JSON (numbers, true, lists), else text. `@FILE` is the text of a file, so that a secret
    stands in no list of processes; `@-` that of standard input; `@@` begins a text with @."""
    if text.startswith("@@"):
        return text[1:]
    if text.startswith("@"):
        return text_of(text[1:]).removesuffix("\n")
    try:
        return json.loads(text)
    except ValueError:
        return text


NAME = Field("name")
RENAME = Field("--rename", "name", metavar="NAME", help="new name")
DESCRIPTION = Field("--description", metavar="TEXT", help="description")
LABELS = Field(
    "--label",
    "labels",
    action="append",
    metavar="KEY=VALUE",
    help="can be repeated",
    value=lambda words: key_values(words, "--label"),
)
LABEL_CHANGES = Field(
    "--label",
    "labels",
    action="append",
    metavar="KEY=VALUE|KEY-",
    help="set a label; KEY- removes it",
    value=lambda words: label_changes(words, "--label"),
)
PARAMETERS = Field(
    "--param",
    "parameters",
    action="append",
    metavar="KEY=VALUE",
    help="parameter, can be repeated; KEY=@FILE reads a file (for secrets), @- standard input",
    value=lambda words: {key: _parameter(text) for key, text in key_values(words, "--param").items()},
)
YES = Field("--yes", action="store_true", help="skip the confirmation prompt")
LABEL_FILTER = Field(
    "--label", metavar="KEY=VALUE", help="only those with this label; comma-separated: with all"
)


def verbs_of(parser: argparse.ArgumentParser) -> Any:
    return parser.add_subparsers(title="verbs", metavar="VERB", required=True)


def nothing_more(_options: Options) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Noun:
    """`name` and `path`: what one is called, and where the API has them. `columns` are those of a list, `details`
    the lines of one; `empty` is said instead of a list without rows that no filter narrowed. `argument` (as `name`
    when left out), `metavar` and `reference` are the argument that names one and its help; `beside` goes with it.
    `find` gives the path of the one that is named, where its reference does not fit into a path.

    `scoped`: names are looked up in a workspace. `in_verbs`: the verbs are create-NAME, list-NAMEs and so on.
    `answers_with_details`: what was made or changed is shown as by `show`, and not as by `list`."""

    name: str
    path: str
    columns: Sequence[Column]
    details: Sequence[Column] = ()
    empty: str
    argument: str = ""
    metavar: str | None = None
    reference: str = "name or id"
    beside: Sequence[Field] = ()
    find: Callable[[Client, Options], str] | None = None
    scoped: bool = False
    in_verbs: bool = False
    answers_with_details: bool = False

    def list(self, verbs: Any, summary: str, *filters: Field, word: str = "") -> argparse.ArgumentParser:
        def run(options: Options) -> None:
            api, query = client(options), sent(filters, options)
            empty = f"No {self.plural} match." if query else self.empty
            watched(
                options, lambda: show(options, api.get_all(self.path, **query), self.columns, empty=empty)
            )

        usual = f"list-{self.path.rpartition('/')[2]}" if self.in_verbs else "list"
        return self.verb(verbs, word or usual, summary, run, *filters, watch=True, of_one=False, rows=True)

    def show(self, verbs: Any, summary: str) -> argparse.ArgumentParser:
        def run(options: Options) -> None:
            api = client(options)
            path = self.path_of(api, options)
            watched(options, lambda: details(options, api.get(path), self.details))

        return self.verb(verbs, self._word("show"), summary, run, watch=True)

    def create(
        self,
        verbs: Any,
        summary: str,
        *fields: Field,
        more: Callable[[Options], dict[str, Any]] = nothing_more,
        done: str = "",
        epilog: str | None = None,
    ) -> argparse.ArgumentParser:
        """`more` gives fields of the body that are not one option each. `done`: a sentence that is printed instead
        of the created resource; `{field}` in it stands for a field of the answer."""

        def run(options: Options) -> None:
            body = {**sent(fields, options), **more(options)}
            self._answer(options, client(options).post(self.path, body), done)

        return self.verb(verbs, self._word("create"), summary, run, *fields, of_one=False, epilog=epilog)

    def update(
        self,
        verbs: Any,
        summary: str,
        *fields: Field,
        word: str = "update",
        more: Callable[[Options], dict[str, Any]] = nothing_more,
        done: str = "",
    ) -> argparse.ArgumentParser:
        """What is not named stays. `more` and `done` are those of `create`."""

        def run(options: Options) -> None:
            body = {**sent(fields, options), **more(options)}
            if not body:
                raise UsageError("nothing to change", next_step=f"See: {parser.prog} --help")
            api = client(options)
            self._answer(options, api.patch(self.path_of(api, options), body), done)

        parser = self.verb(verbs, self._word(word), summary, run, *fields)
        return parser

    def delete(
        self, verbs: Any, summary: str, question: str, done: str, *fields: Field, word: str = ""
    ) -> argparse.ArgumentParser:
        """`{name}` in the question is the reference as it was written; `done` is that of `create`; `fields` are
        sent as the query."""

        def run(options: Options) -> None:
            confirm(question.format(name=printable(self.named(options))), yes=options.yes)
            api = client(options)
            answer = api.request("DELETE", self.path_of(api, options), query=sent(fields, options))
            self._answer(options, answer["data"], done)

        return self.verb(verbs, word or self._word("delete"), summary, run, *fields, YES)

    def verb(
        self,
        verbs: Any,
        word: str,
        summary: str,
        run: Callable[[Options], int | None],
        *fields: Field,
        of_one: bool = True,
        watch: bool = False,
        rows: bool = False,
        epilog: str | None = None,
    ) -> argparse.ArgumentParser:
        """Any verb; `of_one`: it takes the argument that names one; `rows`: it lists, and prints CSV too."""
        common = shared(watch=watch, workspace=self.scoped, rows=rows)
        parser: argparse.ArgumentParser = verbs.add_parser(
            word, parents=[common], help=summary, epilog=epilog
        )
        if of_one:
            parser.add_argument(self._argument, metavar=self.metavar, help=self.reference)
        for field in (*fields, *(self.beside if of_one else ())):
            field.add_to(parser)
        parser.set_defaults(run=run)
        return parser

    def named(self, options: Options) -> str:
        """The reference (name, id) as it was written on the command line."""
        return str(getattr(options, self._argument))

    def path_of(self, api: Client, options: Options) -> str:
        return self.find(api, options) if self.find else f"{self.path}/{segment(self.named(options))}"

    @property
    def plural(self) -> str:
        """What several are called: the path says it."""
        return self.path.rpartition("/")[2].replace("-", " ")

    @property
    def _argument(self) -> str:
        return self.argument or self.name

    def _word(self, word: str) -> str:
        return f"{word}-{self.name}" if self.in_verbs else word

    def _answer(self, options: Options, data: Any, done: str) -> None:
        if done:
            report(options, data, done.format_map({key: printable(str(data[key])) for key in data}))
        elif self.answers_with_details:
            details(options, data, self.details)
        else:
            show(options, data, self.columns)
