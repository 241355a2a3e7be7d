"""`nimbus apply` and `nimbus diff`."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from nimbus.cli.apply.documents import read_documents
from nimbus.cli.apply.kinds import declared, full_workspace
from nimbus.cli.apply.plan import Action, Plan, plan, selector
from nimbus.cli.apply.references import check_references
from nimbus.cli.apply.run import carry_out, fetch, known_by, with_values
from nimbus.cli.apply.show import plan_data, plan_text
from nimbus.cli.options import client
from nimbus.cli.output import colourful, print_data
from nimbus.cli.pager import print_paged
from nimbus.cli.progress import Progress
from nimbus.client.client import Client
from nimbus.protocol.errors import EXIT_OK, EXIT_USAGE, NimbusError, UsageError

_SAME, _DIFFERS = 0, 1
_DONE = {"create": "Created", "update": "Updated", "delete": "Deleted", "unchanged": "Kept"}


def apply(options: argparse.Namespace) -> int:
    api, planned = _planned(options)
    quiet = options.output in ("json", "yaml")
    if not quiet:
        print_paged(plan_text(planned, colour=colourful()), wanted=not options.no_pager)
    doing = bool(planned.needed) and not options.dry_run
    if doing:
        _confirm(options, len(planned.needed))
        with Progress(quiet=quiet) as progress:

            def print_action(action: Action) -> None:
                progress.say(f"{_DONE[action.what]} {action.kind} {action.key}")

            carry_out(api, planned.needed, print_action)
    if quiet:
        print_data(options.output, plan_data(planned, applied=doing))
    elif doing:
        print("Applied.")
    return EXIT_OK


def diff(options: argparse.Namespace) -> int:
    """Like diff(1): 0 the same, 1 differs, 2 and more: could not be told."""
    try:
        _, planned = _planned(options)
    except NimbusError as error:
        error.exit_status = max(EXIT_USAGE, error.exit_status)
        raise
    if options.output in ("json", "yaml"):
        print_data(options.output, plan_data(planned, applied=False))
    elif planned.needed:
        print_paged(plan_text(planned, colour=colourful()), wanted=not options.no_pager)
    return _DIFFERS if planned.needed else _SAME


def _planned(options: argparse.Namespace) -> tuple[Client, Plan]:
    if options.prune and not options.selector:
        raise UsageError(
            "--prune needs a --selector",
            next_step="Name the labels of the resources you manage: --selector app=shop",
        )
    if options.selector and not options.prune:
        raise UsageError("--selector needs --prune")
    labels = selector(options.selector) if options.prune else None
    documents = read_documents(options.file)
    api = client(options)
    # Documents say where they are: nothing else may narrow what is looked at.
    workspace, api.workspace = api.workspace, ""
    home = full_workspace(workspace) if workspace else ""
    wanted = [declared(document, workspace=home.lower()) for document in documents]
    wanted = with_values(wanted)
    planned = plan(wanted, fetch(api, wanted, prune=labels is not None), prune=labels)
    check_references(wanted, planned, partial(known_by, api))
    return api, planned


def _confirm(options: argparse.Namespace, count: int) -> None:
    if options.yes:
        return
    if "-" in options.file or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("this changes things", next_step="Confirm with --yes, or preview with --dry-run.")
    things = "this change" if count == 1 else f"these {count} changes"
    print(f"Carry out {things}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("cancelled, nothing was changed")
