"""Who seeks whom, as it is kept until it is told."""

from __future__ import annotations

import trio.testing

from nimbus.fleet.mesh.sought import LIFETIME_S, MOST_SOUGHT, Sought
from nimbus.kernel.events import EventBus
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
