"""`nimbus doctor`: what of the control plane on this host works, and what to do about what does not."""

from __future__ import annotations

import argparse

from nimbus.cli.api import add_settings, load
from nimbus.cli.output import counted, print_data, printable
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK

_MARKS = {True: "ok", False: "FAIL", None: "-"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.epilog = (
        "Exit status: 0 if nothing failed, 1 if something did. Run it with sudo to see everything."
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    config = load(options).values

    import msgspec

    from nimbus.composition.checkup.look import look
    from nimbus.kernel.clock import SystemClock

    findings = look(config, SystemClock())
    failed = sum(finding.ok is False for finding in findings)
    if options.output in ("json", "yaml"):
        print_data(options.output, msgspec.to_builtins(findings))
        return EXIT_FAILED if failed else EXIT_OK
    for finding in findings:
        print(f"{_MARKS[finding.ok]:<5}{finding.area:<12} {printable(finding.what)}")
        if finding.next_step:
            print(f"{'':<18}{printable(finding.next_step)}")
    print(f"\n{counted(failed, 'problem')} found." if failed else "\nNo problems found.")
    return EXIT_FAILED if failed else EXIT_OK
