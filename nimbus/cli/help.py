"""`nimbus help`: the commands by area, a topic, or the help of a command."""

from __future__ import annotations

import argparse

from nimbus.cli.commands import AREAS, COMMANDS, parser_of
from nimbus.cli.topics import TOPICS
from nimbus.protocol.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", nargs="*", metavar="TOPIC", help="a topic, or the words of a command")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    """A word that is both a topic and a command is the topic, which names the command."""
    words = options.topic
    if not words:
        print(overview())
    elif len(words) == 1 and words[0] in TOPICS:
        print(TOPICS[words[0]].text)
    elif words[0] in {word for word, _, _ in COMMANDS}:
        parser_of(words[0]).parse_args([*words[1:], "--help"])
    else:
        raise UsageError(
            f"there is no topic or command {' '.join(words)!r}",
            next_step=f"Topics: {', '.join(TOPICS)}. Commands: nimbus help",
        )


def overview() -> str:
    width = max(len(word) for word, _, _ in COMMANDS)
    lines = ["usage: nimbus COMMAND ...", "", "A private cloud in one file."]
    for title, commands in AREAS:
        lines += ["", f"{title}:", *(f"  {word:<{width}}  {summary}" for word, _, summary in commands)]
    lines += ["", "Topics (nimbus help TOPIC):"]
    lines += [f"  {name:<{width}}  {topic.summary}" for name, topic in TOPICS.items()]
    lines += ["", "Options:", f"  {'--version':<{width}}  print the version"]
    return "\n".join([*lines, "", "Help of a command: nimbus COMMAND --help"])
