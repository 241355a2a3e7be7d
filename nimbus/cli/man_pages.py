"""`nimbus man-pages`: manual pages from the same texts as --help and `nimbus help`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from nimbus.cli.commands import AREAS, COMMANDS, parser_of
from nimbus.cli.examples import examples_of
from nimbus.cli.topics import TOPICS, Topic
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.version import VERSION

_SYSTEM_WIDE = Path("/usr/local/share/man")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        help=f"where to write them (default: {_SYSTEM_WIDE} as root, else ~/.local/share/man)",
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    folder = Path(options.folder) if options.folder else _usual_folder()
    written = pages()
    try:
        for name, text in written.items():
            file = folder / f"man{name[-1]}" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NimbusError(
            f"{error.filename or folder} cannot be written: {error.strerror}",
            next_step="Name another folder: nimbus man-pages DIR",
        ) from None
    print(f"{len(written)} manual pages written to {folder}. Read one: man -M {folder} nimbus")


def _usual_folder() -> Path:
    if os.geteuid() == 0:
        return _SYSTEM_WIDE
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(data) / "man"


def pages() -> dict[str, str]:
    """By file name: `nimbus.1`, a page of each command, and of each topic in section 7."""
    known = {"nimbus.1": _overview()}
    known |= {f"nimbus-{word}.1": _command(word, summary) for word, _, summary in COMMANDS}
    return known | {f"nimbus-{name}.7": _topic(name, topic) for name, topic in TOPICS.items()}


def _overview() -> str:
    lines = [*_head("nimbus", "1", "a private cloud in one file"), ".SH SYNOPSIS", "nimbus COMMAND ..."]
    for title, commands in AREAS:
        lines += [f".SH {_quoted(title.upper())}"]
        for word, _, summary in commands:
            lines += [
                ".TP",
                f".BR {_roff(f'nimbus-{word}')} (1)",
                _roff(f"{summary[0].upper()}{summary[1:]}."),
            ]
    lines += [".SH TOPICS"]
    for name, topic in TOPICS.items():
        lines += [
            ".TP",
            f".BR {_roff(f'nimbus-{name}')} (7)",
            _roff(f"{topic.summary[0].upper()}{topic.summary[1:]}."),
        ]
    return "\n".join(lines) + "\n"


def _command(word: str, summary: str) -> str:
    parser = parser_of(word)
    lines = _head(f"nimbus-{word}", "1", summary)
    for verb, text in _verbs(parser, summary):
        # Wide enough for every usage line to be broken by roff alone.
        usage = " ".join(verb.format_usage().removeprefix("usage: ").split())
        lines += [
            f".SH {_quoted(verb.prog)}",
            _roff(f"{text[0].upper()}{text[1:]}."),
            ".PP",
            f".I {_quoted(usage)}",
        ]
        for action in verb._actions:
            if action.help in (None, argparse.SUPPRESS) or isinstance(action, argparse._HelpAction):
                continue
            lines += [".TP", f".B {_quoted(_name_of(action))}", _roff(_help_of(action, verb))]
        lines += _examples(verb.prog)
    return "\n".join(lines) + "\n"


def _verbs(parser: argparse.ArgumentParser, summary: str) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield parser, summary
    for action in below:
        told = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for word, child in action.choices.items():
            yield from _verbs(child, told[word])


def _name_of(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    value = metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    if not action.option_strings:
        return value
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {value}"


def _help_of(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    return (action.help or "") % {**vars(action), "prog": parser.prog}


def _examples(prog: str) -> list[str]:
    examples = examples_of(prog)
    return [".PP", "Examples:", ".PP", ".nf", *map(_roff, examples), ".fi"] if examples else []


def _topic(name: str, topic: Topic) -> str:
    lines = [*_head(f"nimbus-{name}", "7", topic.summary), ".SH DESCRIPTION", ".nf"]
    return "\n".join([*lines, *map(_roff, topic.text.splitlines()), ".fi"]) + "\n"


def _head(name: str, section: str, summary: str) -> list[str]:
    title = f'.TH {_quoted(name.upper())} {section} "" "Nimbus {VERSION}" "Nimbus Manual"'
    return [title, ".SH NAME", f"{_roff(name)} \\- {_roff(summary)}"]


def _roff(text: str) -> str:
    """A line that roff takes as text: a point or a quote at its beginning would be a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text


def _quoted(text: str) -> str:
    return '"' + _roff(text).replace('"', "\\(dq") + '"'
