"""`nimbus iam`: users, sessions, second factors, keys, roles, groups and grants.

Each file adds its verbs with `add_verbs(verbs)`.
"""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from nimbus.cli import invite
    from nimbus.cli.iam import grants, groups, identities, keys, roles, second_factor, sessions, users

    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    users.add_verbs(verbs)
    sessions.add_verbs(verbs)
    second_factor.add_verbs(verbs)
    identities.add_verbs(verbs)
    invite.add_arguments(verbs.add_parser("invite", help="invites, as in `nimbus invite`"))
    keys.add_verbs(verbs)
    roles.add_verbs(verbs)
    groups.add_verbs(verbs)
    grants.add_verbs(verbs)
