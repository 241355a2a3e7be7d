"""`nimbus __complete`: what the completion scripts call. Prints words or nothing, never an error, at once."""

from __future__ import annotations

import contextlib
import shlex
import sys
import threading
from collections.abc import Sequence

from nimbus.protocol.errors import EXIT_OK

TIMEOUT_S = 1.0


def complete(arguments: Sequence[str]) -> int:
    """`[--bash WORDBREAKS] -- WORDS`: the words after `nimbus`, the last one is being written (and may be empty).
    With `--bash` one word: the line up to the cursor. A line each: the word, a tab, what it means."""
    lines: list[str] = []
    # Whatever hangs (a name server, a proxy) is left behind.
    thread = threading.Thread(target=_collect, args=(list(arguments), lines), daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    sys.stdout.write("".join(f"{line}\n" for line in list(lines)))
    sys.stdout.flush()
    return EXIT_OK


def _collect(arguments: list[str], lines: list[str]) -> None:
    # Whoever presses Tab wants no error in their line.
    with contextlib.suppress(Exception, SystemExit):
        lines.extend(_lines(arguments))


def _lines(arguments: list[str]) -> list[str]:
    breaks = None
    if arguments[0] == "--bash":
        breaks = arguments[1]
        words = _split(arguments[arguments.index("--", 2) + 1])
    else:
        words = arguments[arguments.index("--") + 1 :] or [""]
    lines = []
    for word, meaning in _candidates(words):
        if breaks is None:
            lines.append(f"{word}\t{' '.join(meaning.split())}" if meaning else word)
        else:
            lines.append(word[cut(words[-1], breaks) :] if not word.startswith(":") else word)
    return lines


def _split(line: str) -> list[str]:
    """The words after the program's name; the last is empty after a blank. An open quote is closed."""
    for end in ("", "'", '"'):
        try:
            words = shlex.split(line + end)
        except ValueError:
            continue
        return [*words[1:], ""] if line[-1:].isspace() or len(words) < 2 else words[1:]
    return [""]


def cut(word: str, breaks: str) -> int:
    """The length of the part of the word that Bash has split off, and would print a second time."""
    return max((word.rfind(mark) + 1 for mark in breaks if mark in ":="), default=0)


def _candidates(words: list[str]) -> list[tuple[str, str]]:
    import importlib

    from nimbus.cli.commands import COMMANDS, Parser

    noun, *rest = words
    if not rest:
        known = [(word, summary) for word, _, summary in COMMANDS]
        if noun.startswith("-"):
            known = [("--help", "show what there is"), ("--version", "print the version")]
        return [(word, meaning) for word, meaning in known if word.startswith(noun)]
    module = {word: module for word, module, _ in COMMANDS}.get(noun)
    if module is None:
        return []
    from nimbus.cli.completing import candidates

    parser = Parser(prog=f"nimbus {noun}")
    importlib.import_module(f"nimbus.cli.{module}").add_arguments(parser)
    return candidates(rest, parser)
