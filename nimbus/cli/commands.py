"""Every command of `nimbus`, and how its arguments are read."""

from __future__ import annotations

import argparse
from typing import NoReturn

from nimbus.protocol.errors import EXIT_USAGE

# Word, module in nimbus.cli, one line of help. Each module has `add_arguments(parser)`.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("api", "api", "run the control plane"),
    ("bootstrap", "bootstrap", "create the administrator (on the control plane's host)"),
    ("setup-token", "setup_token", "print a token to create the administrator in a browser (same host)"),
    ("restore", "restore", "put a copy of the database in the place of the present one (same host)"),
    ("database", "database", "move the control plane's database to PostgreSQL (same host)"),
    ("configure", "configure", "store where a control plane is, and a key pair for it"),
    ("login", "login", "sign in with a password, or at an identity provider"),
    ("logout", "logout", "end the session of this profile"),
    ("whoami", "whoami", "show who you are and what you may do"),
    ("identity-provider", "identity_provider", "sign-in at somebody else's: OpenID Connect, GitHub"),
    ("iam", "iam", "users, sessions, keys, roles, groups, grants; who can do what"),
    ("organization", "organization", "organizations: list, create, update, delete"),
    ("workspace", "workspace", "workspaces: list, create, update, move, delete, use"),
    ("profile", "profile", "control planes and identities that this machine knows"),
    ("invite", "invite", "invites: create, list, send again, take back, accept"),
    ("mail", "mail", "the mail server, what it was sent, and who is notified"),
    ("node", "node", "machines: join tokens, list, labels, maintenance, delete"),
    ("task", "task", "orders to nodes: create, list, show, cancel, logs"),
    ("operation", "operation", "the same task on several nodes: create, list, show, cancel"),
    ("artifact", "artifact", "files for nodes: upload, list, show, have fetched, delete"),
    ("firewall", "firewall", "ports that nodes open for resources: list"),
    ("mesh", "mesh", "the WireGuard mesh: status of every pair, who may talk to whom"),
    ("why", "why", "why two machines of the mesh reach each other, or do not"),
    ("audit", "audit", "who did what: list, show, export, check that nobody changed it"),
    ("events", "events", "what has changed, and what changes as it happens"),
    ("secret", "secret", "secrets: create, list, get, set, roll back; rotate the master key"),
    ("ca", "ca", "the control plane's certificate authority: show, rotate, retire"),
    ("settings", "settings", "what the control plane runs with: settings, versions, certificates, database"),
    ("apply", "apply", "make it so: carry out what YAML documents declare"),
    ("diff", "diff", "show what apply would change"),
    ("completion", "completion", "print or install the completion for bash, zsh or fish"),
    ("install-service", "install_service", "write and enable the systemd unit of the control plane"),
)


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message}. See: {self.prog} --help\n")
