"""Who seeks whom, as it is kept until it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio
import trio.testing

from nimbus.composition.relayed_events import RELAYED
from nimbus.db import Database
from nimbus.db.relay import Relay
from nimbus.fleet.mesh.sought import LIFETIME_S, MOST_SOUGHT, Sought
from nimbus.kernel.events import EventBus
from tests.kit.clock import SettableClock
from tests.kit.database import store
from tests.kit.polling import eventually_so
from tests.kit.records import heartbeat


async def test_who_sought_one_that_is_away_long_ago_is_not_in_the_way_of_others(
    mock_clock: trio.testing.MockClock,
) -> None:
    sought = Sought(EventBus(), lambda _one, _other: True)
    for number in range(MOST_SOUGHT + 1):
        sought.hear(f"n{number}", heartbeat(sought=("away",)))
    mock_clock.jump(LIFETIME_S + 1)
    sought.hear("late", heartbeat(sought=("away",)))
    assert sought.take("away") == ("late",)
    assert not sought.waits_for("away")


@asynccontextmanager
async def process(folder: Path, name: str) -> AsyncIterator[tuple[Sought, Relay, Database]]:
    """One control plane of several on a database. Nobody may meet the stranger."""
    clock, bus = SettableClock(), EventBus()
    relay = Relay(name, RELAYED, bus, clock)
    async with store(folder, clock=clock, bus=bus, before_commit=relay.exchange) as database:
        await relay.start(database)
        sought = Sought(bus, lambda one, other: "stranger" not in (one, other), database)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sought.run)
            yield sought, relay, database
            nursery.cancel_scope.cancel()


async def test_who_polls_at_another_control_plane_is_told_there(tmp_path: Path) -> None:
    async with process(tmp_path, "a") as (here, _, _), process(tmp_path, "b") as (there, relay, database):
        here.hear("n1", heartbeat(sought=("n2", "n3", "stranger")))
        here.hear("n4", heartbeat(sought=("n2",)))

        async def heard() -> bool:
            await relay.look(database)
            return there.waits_for("n2")

        await eventually_so(heard, "the other one hears of it")
        assert there.take("n2") == ("n1", "n4")
        assert there.take("n3") == ("n1",)
        assert there.take("stranger") == ()
        # It is not told on, to come back.
        await relay.look(database)
        assert here.take("n2") == ("n1", "n4")
        rows = await database.read(lambda tx: tx.value("SELECT COUNT(*) FROM relayed_events"))
        assert rows == 1
