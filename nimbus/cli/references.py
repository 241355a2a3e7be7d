"""Names that do not fit into a path segment, as ids: `organization/name`."""

from __future__ import annotations

from nimbus.cli.noun import Field
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import EXIT_NOT_FOUND, NimbusError

WORKSPACES = "/api/v1/workspaces"
ORGANIZATION = Field("--organization", metavar="ORG", help="organization (name or id)")
_LISTS = {"role": "nimbus iam list-roles", "group": "nimbus iam list-groups"}


def path_in_organization(api: Client, base: str, reference: str, organization: str | None = None) -> str:
    """The path of a workspace, role or group that is named by id, `name` or `organization/name`; `organization` is
    the same said apart. Raises NimbusError when the organization has none of that name."""
    if "/" in reference:
        organization, _, reference = reference.partition("/")
    if not organization:
        return f"{base}/{segment(reference)}"
    matching = [
        row
        for row in api.get_all(base, organization=organization, name=reference)
        if reference.lower() in (row["name"], row["id"]) and not row.get("built_in")
    ]
    if not matching:
        noun = base.rpartition("/")[2].removesuffix("s")
        raise NimbusError(
            f"there is no {noun} {reference!r} in the organization {organization!r}",
            code="NOT_FOUND",
            next_step=f"See: {_LISTS.get(noun, 'nimbus ' + noun + ' list')}",
            exit_status=EXIT_NOT_FOUND,
        )
    return f"{base}/{matching[0]['id']}"


def workspace_path(api: Client, reference: str) -> str:
    return path_in_organization(api, WORKSPACES, reference)
