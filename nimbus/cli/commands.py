"""Every command of `nimbus`, by area, and how its arguments are read."""

from __future__ import annotations

import argparse
from typing import NoReturn

from nimbus.protocol.errors import EXIT_USAGE

# Per area: word, module in nimbus.cli, one line of help. Each module has `add_arguments(parser)`.
AREAS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Control plane (on its host)",
        (
            ("api", "api", "run the control plane"),
            ("bootstrap", "bootstrap", "create the administrator"),
            ("setup-token", "setup_token", "print a token to create the administrator in a browser"),
            ("install-service", "install_service", "install and enable the systemd unit"),
            ("restore", "restore", "replace the database with a backup"),
            ("database", "database", "move the database to PostgreSQL"),
        ),
    ),
    (
        "Sign-in",
        (
            ("login", "login", "sign in with a password, a browser or an identity provider"),
            ("logout", "logout", "sign out"),
            ("whoami", "whoami", "show who you are and what you can do"),
            ("configure", "configure", "save the address of a control plane and a key pair"),
            ("profile", "profile", "control planes and identities saved on this machine"),
        ),
    ),
    (
        "Nodes",
        (
            ("node", "node", "nodes: join tokens, list, labels, approval, maintenance, delete"),
            ("task", "task", "tasks on one node: create, list, logs, cancel, retry"),
            ("operation", "operation", "tasks on several nodes: create, list, pause, cancel, undo"),
            ("artifact", "artifact", "files for nodes: upload, list, download to nodes, delete"),
        ),
    ),
    (
        "Network",
        (
            ("mesh", "mesh", "the WireGuard mesh: status of every pair, policy"),
            ("why", "why", "why two nodes reach each other, or do not"),
            ("firewall", "firewall", "ports that nodes open for resources"),
        ),
    ),
    (
        "Access",
        (
            ("iam", "iam", "users, groups, roles, grants, keys, sessions"),
            ("organization", "organization", "organizations: list, create, update, delete"),
            ("workspace", "workspace", "workspaces: list, create, update, move, delete, use"),
            ("invite", "invite", "invites: create, list, resend, revoke, accept"),
            ("identity-provider", "identity_provider", "sign-in with OpenID Connect and GitHub"),
        ),
    ),
    (
        "Configuration and records",
        (
            ("apply", "apply", "apply YAML documents"),
            ("diff", "diff", "show what apply would change"),
            ("secret", "secret", "secrets: create, list, get, set, roll back; master key"),
            ("ca", "ca", "the certificate authority: show, rotate, retire"),
            ("mail", "mail", "mail server, sent mail and notifications"),
            ("settings", "settings", "settings, versions, certificates and database of the control plane"),
            ("audit", "audit", "the audit log: list, show, export, verify"),
            ("events", "events", "recent events, and new ones as they happen"),
            ("completion", "completion", "shell completion for bash, zsh and fish"),
        ),
    ),
)
COMMANDS = tuple(command for _, commands in AREAS for command in commands)


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message}. See: {self.prog} --help\n")
