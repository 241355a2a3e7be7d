"""`nimbus configure`: store a profile."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from dataclasses import replace

from nimbus.cli.options import add_ca_options, ca_file
from nimbus.client.client import Client
from nimbus.client.profiles import DEFAULT_PROFILE, Profile, check_replaceable, save_profile
from nimbus.protocol.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", default=DEFAULT_PROFILE, help="name of the profile (default: default)")
    parser.add_argument("--api", help="https://HOST:PORT of the control plane")
    parser.add_argument("--access-key", help="access key")
    add_ca_options(parser)
    parser.add_argument("--no-check", action="store_true", help="save the profile without testing it")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.epilog = "Missing values are asked for. The secret key is read from the prompt or standard input."
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    profile = Profile(
        api=(options.api or _ask("API address (https://HOST:PORT)")).rstrip("/"),
        access_key=options.access_key or _ask("Access key"),
        secret_key=_secret(),
    )
    check_replaceable(options.profile, os.environ, access_key=profile.access_key)
    profile = replace(profile, ca_file=ca_file(options, profile.api))
    if not options.no_check:
        Client(profile).request("GET", "/api/v1/nodes", query={"per_page": 1})
    file = save_profile(options.profile, profile, os.environ)
    print(f"Saved as profile {options.profile!r} in {file}.")


def _ask(question: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            f"{question} is missing", next_step="Pass it as an option. See: nimbus configure --help"
        )
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _secret() -> str:
    secret = getpass.getpass("Secret key: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not secret.strip():
        raise UsageError("the secret key is missing", next_step="Type it, or pass it on standard input.")
    return secret.strip()
