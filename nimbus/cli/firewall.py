"""`nimbus firewall`."""

from __future__ import annotations

import argparse

from nimbus.cli.noun import Field, Noun, verbs_of
from nimbus.cli.output import Column, age


def _ports(rule: dict[str, object]) -> str:
    first, last = rule["first_port"], rule["last_port"]
    return f"{first}/{rule['protocol']}" if first == last else f"{first}-{last}/{rule['protocol']}"


_RULE = Noun(
    name="rule",
    path="/api/v1/firewall",
    columns=(
        Column("NODE", "node"),
        Column("RESOURCE", "resource"),
        Column("PORTS", _ports),
        Column("FROM", lambda r: ", ".join(r["sources"])),
        Column("APPLIED", "applied"),
        Column("SINCE", lambda r: age(r["created_at"])),
        Column("ID", "id", wide=True),
    ),
    empty="No node opens a port for a Nimbus resource.",
    scoped=True,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _RULE.list(
        verbs_of(parser),
        "list the ports that nodes open, and who can reach them",
        Field("--node", metavar="NODE", help="only this node"),
        Field("--resource", metavar="KIND/ID", help="only this resource"),
        word="list",
    )
