"""`nimbus restore`: a copy of the database takes the place of the present one, on the control plane's host."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nimbus.cli.api import add_settings, load
from nimbus.cli.options import confirm
from nimbus.cli.output import print_data
from nimbus.protocol.errors import UsageError

MAX_GENERATION = 2**53


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the copy: a backup or another nimbus.db")
    add_settings(parser)
    parser.add_argument(
        "--generation",
        type=int,
        default=0,
        metavar="N",
        help="generation that the nodes know, as named by the error DATABASE_OUTDATED",
    )
    parser.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from nimbus.composition.restore import restore_database

    if not 0 <= options.generation <= MAX_GENERATION:
        raise UsageError("--generation must be the number that DATABASE_OUTDATED names")
    config = load(options).values
    confirm(
        f"Put {options.file} in the place of the database in {config.data_dir}? What was changed since that copy is"
        " lost; the present files are set aside.",
        yes=options.yes,
    )
    restored = restore_database(config, Path(options.file), known_generation=options.generation)
    aside = str(restored.set_aside) if restored.set_aside else None
    if options.output in ("json", "yaml"):
        print_data(options.output, {"generation": restored.generation.number, "set_aside": aside})
        return
    print(f"restored    {options.file}")
    print(f"generation  {restored.generation.number}")
    if aside:
        print(f"set aside   {aside}")
    print(
        "Next: start the control plane. Nodes that joined or renewed since come back by themselves.",
        file=sys.stderr,
    )
