"""`nimbus login`: `nimbus iam login`, and signing in at an identity provider."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from nimbus.cli.iam.sessions import add_login
    from nimbus.cli.login_browser import add_options

    add_login(parser)
    add_options(parser)
