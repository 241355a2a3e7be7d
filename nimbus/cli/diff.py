"""`nimbus diff`: what `nimbus apply` would change."""

from __future__ import annotations

import argparse

from nimbus.cli.apply import add_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    parser.epilog = "Exit status: 0 no changes, 1 changes, 2 or more an error."
    parser.set_defaults(run=_diff)


def _diff(options: argparse.Namespace) -> int:
    from nimbus.cli.apply.command import diff

    return diff(options)
