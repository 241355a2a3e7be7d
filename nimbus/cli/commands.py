"""Every command of `nimbus`, by area, and how its arguments are read."""

from __future__ import annotations

import argparse
import difflib
import importlib
from typing import Any, NoReturn

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
            ("doctor", "doctor", "check the control plane on this host"),
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
        "Edge",
        (
            ("vhost", "edge_objects.vhost", "virtual hosts: create, versions, preview, import from nginx"),
            ("upstream", "edge_objects.upstream", "pools of servers: create, set, versions"),
            ("template", "edge_objects.template", "templates of nginx configuration: create, text, preview"),
            ("edge", "edge", "nodes whose nginx serves virtual hosts: add, deploy, status, drift"),
            ("certificate", "certificate", "certificates of virtual hosts: order, upload, renew, export"),
            ("log", "log", "access logs of edges: search, tail, summary, SQL"),
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
        ),
    ),
    (
        "Help",
        (
            ("help", "help", "show the help of a topic or a command"),
            ("completion", "completion", "shell completion for bash, zsh and fish"),
            ("man-pages", "man_pages", "write manual pages"),
        ),
    ),
)
COMMANDS = tuple(command for _, commands in AREAS for command in commands)


class _Verbs(argparse._SubParsersAction):  # type: ignore[type-arg]  # it is generic for mypy alone
    """The help of a verb begins with the line that lists it."""

    def add_parser(self, name: str, **settings: Any) -> argparse.ArgumentParser:
        summary = settings.get("help", "")
        settings.setdefault("description", f"{summary[:1].upper()}{summary[1:]}." if summary else None)
        parser: argparse.ArgumentParser = super().add_parser(name, **settings)
        return parser


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, with exit status 2, and whose help ends with examples."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.register("action", "parsers", _Verbs)

    def _get_positional_kwargs(self, dest: str, **settings: Any) -> dict[str, Any]:
        """Arguments are written in capitals, as the values of options are."""
        if "choices" not in settings and settings.get("metavar") is None:
            settings["metavar"] = dest.upper()
        positional: dict[str, Any] = super()._get_positional_kwargs(dest, **settings)
        return positional

    def format_help(self) -> str:
        from nimbus.cli.examples import examples_of

        examples = examples_of(self.prog)
        text = super().format_help()
        return text + "\nexamples:\n" + "".join(f"  {line}\n" for line in examples) if examples else text

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """What a verb does not know is its own error, so that the line names the help of that verb."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown and self._subparsers is None:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            self.exit(EXIT_USAGE, f"{self.prog}: {_no_verb(self.prog, value, [*action.choices])}\n")
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message}. See: {self.prog} --help\n")


def _no_verb(prog: str, word: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(word, known, n=1)
    hint = f"Did you mean `{prog} {nearest[0]}`?" if nearest else f"There are: {', '.join(known)}"
    return f"there is no verb {word!r}. {hint}"


def parser_of(word: str) -> Parser:
    """Of a command in COMMANDS; imports its module."""
    module, summary = {known: (module, summary) for known, module, summary in COMMANDS}[word]
    parser = Parser(prog=f"nimbus {word}", description=f"{summary[:1].upper()}{summary[1:]}.")
    importlib.import_module(f"nimbus.cli.{module}").add_arguments(parser)
    return parser
