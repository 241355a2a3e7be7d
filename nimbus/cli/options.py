"""Options that many commands share, and the client that they lead to."""

from __future__ import annotations

import argparse
import os
import sys

from nimbus.cli.reauthenticate import go_on_after
from nimbus.client.client import Client
from nimbus.client.profiles import WORKSPACE_VARIABLE, has_key, load_profile, made_private, profiles_file
from nimbus.protocol.errors import EXIT_FORBIDDEN, NimbusError, UsageError

# What commands print; those that list rows print CSV too.
FORMS = ("table", "wide", "json", "yaml")
ROW_FORMS = (*FORMS, "csv")


def shared(
    *, output: bool = True, watch: bool = False, workspace: bool = False, rows: bool = False
) -> argparse.ArgumentParser:
    """A parent parser with the options that many commands share. `workspace`: for commands that look names up in a
    workspace; `rows`: for commands that list, which can print CSV too."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("common options")
    group.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    group.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    if output:
        group.add_argument(
            "-o",
            "--output",
            choices=ROW_FORMS if rows else FORMS,
            default="table",
            help="output format; csv has the columns of wide" if rows else "output format",
        )
        group.add_argument("--no-pager", action="store_true", help="do not use a pager for long tables")
    if watch:
        group.add_argument("--watch", action="store_true", help="refresh every two seconds until Ctrl-C")
    if workspace:
        group.add_argument(
            "-w",
            "--workspace",
            metavar="WORKSPACE",
            help="workspace to look up names in: NAME, ORG/NAME or id (default: the profile's)",
        )
        group.add_argument(
            "-A", "--all-workspaces", action="store_true", help="look in all workspaces you can see"
        )
        parent.set_defaults(scoped=True)
    return parent


def client(options: argparse.Namespace) -> Client:
    """A client of the chosen profile. Where names are looked up in a workspace, it is the one that the option, the
    environment or the profile names."""
    profile = load_profile(options.profile, os.environ)
    if made_private(profiles_file(os.environ)):
        print(
            f"nimbus: other users could read {profiles_file(os.environ)}; its mode is 0600 now."
            " Replace the keys in it if they are not trusted.",
            file=sys.stderr,
        )
    if profile.session is None and not has_key(profile):
        raise NimbusError(
            f"you are not signed in with profile {profile.name!r}",
            code="UNAUTHENTICATED",
            next_step="Sign in: nimbus login. For another profile: nimbus profile list",
            exit_status=EXIT_FORBIDDEN,
        )
    api = Client(profile, workspace=_workspace(options, profile.workspace))
    if profile.session is not None:
        go_on_after(api)
    return api


def _workspace(options: argparse.Namespace, of_profile: str) -> str:
    if not getattr(options, "scoped", False) or options.all_workspaces:
        return ""
    return options.workspace or os.environ.get(WORKSPACE_VARIABLE) or of_profile


def label_changes(words: list[str] | None, flag: str) -> dict[str, str | None]:
    """`KEY=VALUE` sets a label, `KEY-` takes it away. Raises UsageError."""
    change: dict[str, str | None] = {}
    for word in words or ():
        if "=" in word:
            change.update(key_values([word], flag))
        elif word.endswith("-") and len(word) > 1:
            change[word[:-1]] = None
        else:
            raise UsageError(f"{flag} takes KEY=VALUE or KEY-, not {word!r}")
    return change


def key_values(pairs: list[str] | None, flag: str) -> dict[str, str]:
    """`k=v` arguments as a dictionary. Raises UsageError."""
    values: dict[str, str] = {}
    for pair in pairs or ():
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise UsageError(f"{flag} takes KEY=VALUE, not {pair!r}")
        values[key] = value
    return values


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is destroyed: on a terminal by a question, elsewhere --yes is needed. Raises UsageError
    when the answer is no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"not confirmed: {question.rstrip('?')}", next_step="Confirm with --yes.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("cancelled, nothing was changed")


def add_ca_options(parser: argparse.ArgumentParser) -> None:
    """How the control plane's certificate is known, where it is not one of the system's authorities."""
    ca = parser.add_mutually_exclusive_group()
    ca.add_argument("--ca", metavar="FILE", help="the control plane's CA certificate (PEM)")
    ca.add_argument(
        "--ca-digest",
        metavar="SHA256",
        help="fingerprint of the control plane's CA, which is then fetched from it (see: nimbus ca show)",
    )


def ca_file(options: argparse.Namespace, api: str) -> str:
    """The file that these options name; "" for none."""
    if getattr(options, "ca_digest", None) is not None:
        from nimbus.client.pinned_ca import keep_pinned_ca

        return str(keep_pinned_ca(api, options.ca_digest, os.environ))
    return os.path.abspath(options.ca) if options.ca else ""
