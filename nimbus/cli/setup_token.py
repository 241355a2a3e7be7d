"""`nimbus setup-token`: a token for the first sign-in in a browser, made on the control plane's host."""

from __future__ import annotations

import argparse
import sys

from nimbus.cli.api import add_settings, load_on_its_host
from nimbus.cli.output import print_data


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from nimbus.composition.bootstrap import offer_setup

    offer = offer_setup(load_on_its_host(options))
    if options.output in ("json", "yaml"):
        print_data(options.output, {"token": offer.token, "url": offer.url})
        return
    print(offer.token)
    print(f"Valid once, for 24 hours, at {offer.url}", file=sys.stderr)
