"""docs/roles.md, written from the code: `python -m tests.kit.roles_table`. A test compares the two."""

from __future__ import annotations

from pathlib import Path

from nimbus.kernel.access import Permission
from nimbus.kernel.permission_words import PERMISSION_WORDS
from nimbus.kernel.routing import Open, Route
from nimbus.people.roles.rules import BUILT_IN
from tests.kit.declared_routes import declared_routes

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
_HEAD = """# Roles and permissions

A role is a set of permissions. You grant it to a user, a group or a service key, in one workspace or in a whole
organization (`nimbus iam grant ROLE --user NAME --workspace ORGANIZATION/WORKSPACE`). Four roles are built in;
`nimbus iam create-role` creates others. Administrators of the control plane can do everything, everywhere; only
they have `settings:*`.

You cannot give what you do not have, and an organization that has an owner keeps one. What you cannot read is
shown as if it did not exist. An organization can let its workspaces read each other
(`cross_workspace_visibility`): then a permission of the role viewer that someone has in one workspace holds in
all of them.

## Grants with an end

A grant can expire: `--until 2h`, `7d`, `tomorrow`, a date or a time (`expires_at` in the API). From then on it
gives nothing, in sessions, keys and open event streams alike. If your own role ends on Friday, you cannot give
or remove it for longer than that. Granting the same role again keeps the later end; `nimbus iam update-grant`
changes the end (`--until never` removes it). Lists show expired grants as expired; they are deleted after
`ended_retention_days`. An owner whose grant expires does not count where an organization must keep one. [Why
so](decisions/0036-grants-that-end.md).

## Who may act on whom

A permission says what you can do. This rule says to whom: **you can change a user, a group, a role or a key
only if you have everything that it gives.** An admin cannot change, disable or delete an owner, remove anyone
from a group that makes owners, or revoke a key with more permissions. A person who has more in another
organization is out of reach of the administrators of their own; ask an administrator of the control plane. Only
its user rotates and changes a personal key. To make administrators, or set up identity providers or the mail
server, you must be an administrator yourself, without a limited key. [Why
so](decisions/0035-who-may-act-on-whom.md).

The role admin in one workspace covers what is in it: nodes, secrets, and the service keys that are bound to it.
People belong to organizations, so this role lists no users, invites no one, and can give roles only to those it
can see.

This page is written from the code (`python -m tests.kit.roles_table`).
"""


def page() -> str:
    names = [role.name for role in BUILT_IN]
    lines = [_HEAD, "## Which role has what", ""]
    lines += [f"| permission | to | {' | '.join(names)} |", f"|---|---|{'---|' * len(names)}"]
    for permission in Permission:
        marks = ["x" if permission in role.permissions else "" for role in BUILT_IN]
        lines.append(f"| `{permission.value}` | {PERMISSION_WORDS[permission]} | {' | '.join(marks)} |")
    lines += ["", *(f"**{role.name}**: {role.description}.  " for role in BUILT_IN)]
    lines += ["", "## Which request needs what", "", "| request | needs |", "|---|---|"]
    lines += [f"| `{route.method} {route.path}` | {_needs(route)} |" for route in _sorted(declared_routes())]
    return "\n".join(lines) + "\n"


def _sorted(routes: list[Route]) -> list[Route]:
    return sorted(routes, key=lambda route: (route.path, route.method))


def _needs(route: Route) -> str:
    if isinstance(route.permission, Permission):
        return f"`{route.permission.value}`"
    who = "nothing" if route.permission is Open.PUBLIC else "to be signed in"
    return f"{who}: {route.reason}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
