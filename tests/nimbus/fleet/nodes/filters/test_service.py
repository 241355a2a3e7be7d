from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.fleet.nodes.filters.records import LabelCount, NodeFilters, SystemCount, VersionCount
from nimbus.fleet.nodes.filters.service import Filters
from nimbus.kernel.errors import Forbidden, NotFound
from nimbus.protocol.version import VERSION
from tests.kit.records import ADMIN, STRANGER, facts
from tests.kit.slices import slices


async def test_what_there_is_with_how_many_nodes_have_it(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        filters = Filters(world.database, world.organizations)
        assert await filters.show(ADMIN) == NodeFilters((), (), ())
        old = {"version": "0.0.1", "facts": facts("x", os="Debian 12")}
        await world.add_node("a", labels={"tier": "web", "zone": "fra"}, **old)
        await world.add_node("b", labels={"tier": "web", "zone": "ams"}, **old)
        await world.add_node("c", version=VERSION, facts=facts("x", os=""))
        gone = await world.add_node(
            "d", labels={"tier": "gone"}, version="0.0.2", facts=facts("x", os="Gone")
        )
        await world.database.write(lambda tx: world.nodes.remove(tx, gone))
        assert await filters.show(ADMIN, "default") == NodeFilters(
            (VersionCount("0.0.1", 2, True), VersionCount(VERSION, 1, False)),
            (SystemCount("Debian 12", 2),),
            (LabelCount("tier=web", 2), LabelCount("zone=ams", 1), LabelCount("zone=fra", 1)),
        )
        with pytest.raises(NotFound):
            await filters.show(ADMIN, "nowhere")
        with pytest.raises(Forbidden):
            await filters.show(STRANGER)
