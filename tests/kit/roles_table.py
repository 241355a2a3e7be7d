"""docs/roles.md, written from the code: `python -m tests.kit.roles_table`. A test compares the two."""

from __future__ import annotations

from pathlib import Path

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Open, Route
from nimbus.people.roles.rules import BUILT_IN
from tests.kit.declared_routes import declared_routes

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
_HEAD = """# Roles and permissions

A role is a set of permissions. It is given to a user, a group or a service key, in one workspace or in a whole
organization (`nimbus iam grant ROLE --user NAME --workspace ORGANIZATION/WORKSPACE`). Four roles are built in;
`nimbus iam create-role` makes further ones of the same permissions. Administrators of the control plane may
everything, everywhere; the permissions `settings:*` are theirs alone.

Nobody gives what they do not have, and an organization that has an owner keeps one. Whoever may not read a thing is
told that it is not there. An organization can let its workspaces read each other (`cross_workspace_visibility`): a
permission of the role viewer that somebody has in one workspace then holds in all of it.

## Grants with an end

A grant may end: `--until 2h`, `7d`, `tomorrow`, a date or a time (`expires_at` in the API). From then on it
gives nothing, in sessions, keys and open event streams alike. What one has until Friday one cannot give, or take
away, for longer than that. Granting the same role again has it end at the later of both ends;
`nimbus iam update-grant` changes the end (`--until never` has it last). Lists show expired grants as expired; they
are deleted after `ended_retention_days`. An owner for a while does not count where an organization must keep one.
[Why so](decisions/0036-grants-that-end.md).

## Who may act on whom

A permission says what one may do; to whom, this rule says: **something is done to a user, a group, a role or a
key only by who has everything that it gives.** An admin changes, disables or deletes no owner, takes nobody out
of a group that makes owners, and revokes no key that may more. Somebody who may more in another organization is
out of reach of the administrators of their own; an administrator of the control plane helps. A personal key is
changed and rotated by its user alone. Who makes administrators, sets up identity providers or the mail server
must be an administrator without a narrowed key. [Why so](decisions/0035-who-may-act-on-whom.md).

The role admin in one workspace is for what is in it: nodes, secrets, and the service keys that are bound to it.
People belong to organizations, so that it lists no users there, invites nobody and gives roles to none that it
does not see.

This page is written from the code (`python -m tests.kit.roles_table`).
"""


def page() -> str:
    names = [role.name for role in BUILT_IN]
    lines = [_HEAD, "## Which role has what", ""]
    lines += [f"| permission | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for permission in Permission:
        marks = ["x" if permission in role.permissions else "" for role in BUILT_IN]
        lines.append(f"| `{permission.value}` | {' | '.join(marks)} |")
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
