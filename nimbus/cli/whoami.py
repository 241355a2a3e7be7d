"""`nimbus whoami`: short for `nimbus iam whoami`."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from nimbus.cli.iam.sessions import add_whoami

    parser.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    add_whoami(parser)
