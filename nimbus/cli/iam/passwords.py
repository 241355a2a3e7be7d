"""How passwords and codes are asked for: on a terminal unseen, else from standard input, a line each."""

from __future__ import annotations

import argparse
import getpass
import sys

from nimbus.protocol.errors import UsageError


def add_password_option(parser: argparse.ArgumentParser, what: str = "password") -> None:
    parser.add_argument(
        "--password",
        metavar="TEXT",
        help=f"the {what}; visible to other users of this machine, so prefer the prompt",
    )


def given_password(options: argparse.Namespace) -> str:
    """Of --password, with a warning; "" when it is left out."""
    if not options.password:
        return ""
    print(
        "nimbus: warning: other users can see --password (ps, shell history). Use the prompt or standard input",
        file=sys.stderr,
    )
    return str(options.password)


def ask_password(options: argparse.Namespace, question: str = "Password") -> str:
    return given_password(options) or ask_secret(question)


def ask_new_password(options: argparse.Namespace, question: str = "New password", instead: str = "") -> str:
    """Typed twice on a terminal. `instead`: what else can be done, for the error that it is missing."""
    given = given_password(options)
    if given:
        return given
    first = ask_secret(question, instead)
    if sys.stdin.isatty() and ask_secret(f"{question}, again") != first:
        raise UsageError("the two passwords differ", next_step="Try again.")
    return first


def ask_secret(question: str, instead: str = "") -> str:
    """Raises UsageError when nothing was said."""
    text = getpass.getpass(f"{question}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not text:
        raise UsageError(
            f"{question.lower()} is missing",
            next_step=f"Type it, or pass it on standard input, one value per line.{instead}",
        )
    return text


def ask(question: str, option: str) -> str:
    """Ask for something that may be seen while it is typed. Raises UsageError when there is no terminal."""
    if not sys.stdin.isatty():
        raise UsageError(f"{question.lower()} is missing", next_step=f"Pass it as an option: {option}")
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    text = sys.stdin.readline().strip()
    if not text:
        raise UsageError(f"{question.lower()} is missing", next_step="Try again.")
    return text
