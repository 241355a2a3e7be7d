from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.correspondence.notifications.records import NotificationSettingsRequest
from nimbus.kernel.access import Permission
from nimbus.kernel.errors import NotFound
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.records import DeleteQuery, OrganizationRequest, Workspace
from tests.kit.records import ADMIN
from tests.kit.slices import Slices, slices


async def resolve(world: Slices, reference: str) -> Workspace:
    return await world.database.read(
        lambda tx: world.organizations.resolve(tx, ADMIN, Permission.WORKSPACE_READ, reference)
    )


async def test_settings_of_a_deleted_organization_go_with_it(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        places = world.administration
        await places.create(ADMIN, OrganizationRequest(name="acme"))
        body = NotificationSettingsRequest(recipients=["a@example.org"])
        await world.correspondence.notifications.change(ADMIN, Target("notifications"), body, "acme")
        assert len(await world.rows("SELECT * FROM notification_settings")) == 1
        await places.delete(ADMIN, Target("acme"), DeleteQuery())
        assert await world.rows("SELECT * FROM notification_settings") == []


async def test_the_default_workspace_is_there_once_and_found_in_every_way(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        home = world.workspace
        again = await world.database.write(world.organizations.ensure_default)
        assert again == home
        for reference in ("", "default", "default/default", home.id, home.id.upper()):
            found = await resolve(world, reference)
            assert found == home
        for reference in (new_id(), "other", "default/other", "other/default", "default/", "a/b/c"):
            with pytest.raises(NotFound):
                await resolve(world, reference)
        assert await world.rows("SELECT COUNT(*) FROM workspaces") == [(1,)]
