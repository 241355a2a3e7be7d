"""`nimbus install-service`."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-start", action="store_true", help="enable the unit without starting it")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from nimbus.protocol.systemd_unit import install

    install("nimbus-api", program="nimbus", package="nimbus", start=not options.no_start)
