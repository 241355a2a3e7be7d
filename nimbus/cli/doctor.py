"""`nimbus doctor`: what of the control plane on this host works, and what to do about what does not."""

from __future__ import annotations

import argparse

from nimbus.cli.api import add_settings, load
from nimbus.cli.output import print_data
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.epilog = (
        "Exit status: 0 if nothing failed, 1 if something did. Run it with sudo to see everything. The settings of"
        " `nimbus api` are options here too."
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    config = load(options).values

    import msgspec

    from nimbus.composition.checkup.look import look
    from nimbus.kernel.clock import SystemClock
    from nimbus.protocol.checkup.finding import failures, lines_of

    findings = look(config, SystemClock())
    if options.output in ("json", "yaml"):
        print_data(options.output, msgspec.to_builtins(findings))
    else:
        print("\n".join(lines_of(findings)))
    return EXIT_FAILED if failures(findings) else EXIT_OK
