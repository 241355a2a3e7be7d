"""`nimbus logout`: short for `nimbus iam logout`."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from nimbus.cli.iam.sessions import add_logout

    add_logout(parser)
