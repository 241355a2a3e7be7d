"""Declarations: documents.py reads them, kinds.py knows what can be declared, plan.py decides (pure), run.py asks
and changes, show.py prints. Nothing of it is imported before `nimbus apply` or `nimbus diff` runs, nor is yaml."""

from __future__ import annotations

import argparse

from nimbus.cli.options import shared


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    parser.set_defaults(run=_apply)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """What `nimbus diff` takes too."""
    common = shared(workspace=True)
    for group in common._action_groups:
        for action in group._group_actions:
            if action.dest not in ("help", "all_workspaces"):
                parser._add_action(action)
    parser.set_defaults(scoped=True, all_workspaces=False)
    parser.add_argument(
        "-f",
        "--file",
        action="append",
        required=True,
        metavar="FILE|DIR|-",
        help="file, folder or - (standard input) with documents; can be repeated",
    )
    parser.add_argument(
        "--prune", action="store_true", help="delete what the selector matches and no document declares"
    )
    parser.add_argument(
        "--selector", metavar="LABEL=VALUE", help="comma-separated labels of what --prune can delete"
    )


def _apply(options: argparse.Namespace) -> int:
    from nimbus.cli.apply.command import apply

    return apply(options)
