"""`nimbus bootstrap`: the first administrator, made on the control plane's host, also while it runs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from nimbus.cli.api import add_settings, load_on_its_host
from nimbus.cli.output import print_data
from nimbus.client.pinned_ca import fingerprint_of
from nimbus.client.profiles import DEFAULT_PROFILE, Profile, free_profile_name, save_profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    parser.add_argument(
        "--profile", default=DEFAULT_PROFILE, help="profile to save the key pair in (default: default)"
    )
    parser.add_argument("--no-profile", action="store_true", help="do not save a profile")
    parser.add_argument(
        "--new-key", action="store_true", help="create another key pair for the administrator"
    )
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from nimbus.composition.bootstrap import bootstrap

    admin = bootstrap(load_on_its_host(options), new_key=options.new_key)
    profile = Profile(admin.api, admin.access_key, admin.secret_key, admin.ca_file)
    # It is made, and shown once: where the name is taken by another control plane's key, it goes beside that.
    name = free_profile_name(options.profile, os.environ, admin.api)
    file = None if options.no_profile else save_profile(name, profile, os.environ)
    digest = fingerprint_of(Path(admin.ca_file).read_text("ascii"))
    if options.output in ("json", "yaml"):
        data = {
            "access_key": admin.access_key,
            "secret_key": admin.secret_key,
            "api": admin.api,
            "ca_file": admin.ca_file,
            "ca_digest": digest,
        }
        print_data(options.output, data)
        return
    print(f"access key  {admin.access_key}")
    print(f"secret key  {admin.secret_key}   (shown only once)")
    print(f"api         {admin.api}")
    print(f"ca file     {admin.ca_file}")
    print(f"ca digest   {digest}   (for nimbus login --ca-digest on other machines)")
    if file:
        taken = "" if name == options.profile else f" ({options.profile!r} has another control plane's key)"
        shown = "" if name == options.profile else f" --profile {name}"
        print(f"Saved as profile {name!r}{taken} in {file}. Next: nimbus node token{shown}", file=sys.stderr)
