"""Options that many commands share, and the client that they lead to."""

from __future__ import annotations

import argparse
import os
import sys

from nimbus.client.client import Client
from nimbus.client.profiles import load_profile
from nimbus.protocol.errors import UsageError


def shared(*, output: bool = True, watch: bool = False) -> argparse.ArgumentParser:
    """A parent parser."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("common options")
    group.add_argument("--profile", metavar="NAME", help="profile to use (default: default)")
    group.add_argument("--debug", action="store_true", help="show the whole of an error")
    if output:
        group.add_argument(
            "-o",
            "--output",
            choices=("table", "wide", "json", "yaml"),
            default="table",
            help="form of the output",
        )
    if watch:
        group.add_argument("--watch", action="store_true", help="show again every two seconds, until Ctrl-C")
    return parent


def client(options: argparse.Namespace) -> Client:
    return Client(load_profile(options.profile, os.environ))


def key_values(pairs: list[str] | None, flag: str) -> dict[str, str]:
    """`k=v` arguments as a dictionary. Raises UsageError."""
    found: dict[str, str] = {}
    for pair in pairs or ():
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise UsageError(f"{flag} takes KEY=VALUE, not {pair!r}")
        found[key] = value
    return found


def confirm(question: str, *, yes: bool) -> None:
    """What destroys asks on a terminal and wants --yes elsewhere. Raises UsageError when it is not wanted."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("this destroys something", next_step="Say that you mean it: --yes")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was done")
