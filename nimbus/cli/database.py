"""`nimbus database`: the control plane's database, on its host, while the control plane is stopped."""

from __future__ import annotations

import argparse
import sys

from nimbus.cli.api import add_settings, load
from nimbus.cli.output import print_data
from nimbus.cli.progress import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    move = verbs.add_parser("move", help="move the SQLite database into an empty PostgreSQL database")
    move.add_argument(
        "--to", metavar="URL", help="postgresql://USER@HOST/NAME (default: the setting `database`)"
    )
    add_settings(move)
    move.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    move.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    move.set_defaults(run=_move)


def _move(options: argparse.Namespace) -> None:
    from nimbus.composition.database_move import move_database

    options.database = options.to or options.database
    config = load(options).values
    with Progress(quiet=options.output in ("json", "yaml")) as progress:
        moved = move_database(config, lambda table, rows, total: progress.say(f"{table}: {rows} of {total}"))
    if options.output in ("json", "yaml"):
        data = {
            "to": moved.to,
            "tables": moved.tables,
            "rows": moved.rows,
            "texts_changed": moved.texts_changed,
        }
        print_data(options.output, data)
        return
    print(f"moved to  {moved.to}")
    print(f"tables    {moved.tables}")
    print(f"rows      {moved.rows}, the same on both sides")
    if moved.texts_changed:
        print(
            f"changed   {moved.texts_changed} texts contained NUL, which PostgreSQL cannot store; it is now U+FFFD"
        )
    print(f"Next: set database = {moved.to!r} and start the control plane.", file=sys.stderr)
