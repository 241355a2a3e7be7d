"""The mesh measures itself in turns, on real WireGuard: what is used is measured, and an idle path stays idle."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.lab import Lab, wait_until
from tests.kit.lab.capture import UDP, capture
from tests.system.conftest import MakeLab

pytestmark = [pytest.mark.root, pytest.mark.slow]


async def pair_of(lab: Lab, one: str, other: str) -> dict[str, Any]:
    rows = await lab.nimbus("mesh", "status", "--no-probe")
    return next(pair for pair in rows if (pair["from"], pair["to"]) == (one, other))


async def wait_path(lab: Lab, path: str, timeout: float) -> str:
    """Until both directions are so by what the nodes tell by themselves; when the older was measured."""

    async def measured() -> str:
        pairs = [await pair_of(lab, *ends) for ends in (("n1", "n2"), ("n2", "n1"))]
        times = [pair["measured_at"] for pair in pairs if pair["path"] == path]
        return min(times) if len(times) == 2 else ""

    return str(await wait_until(f"n1 and n2: {path}", measured, timeout=timeout))


async def test_an_idle_path_stays_idle_while_it_is_measured(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=40)
        # The newcomer has greeted the other; nobody has asked for a measurement.
        await wait_path(lab, "direct", 150)
        at = await wait_path(lab, "idle", 330)
        async with capture(lab.switch) as seen:

            async def is_measured_again() -> bool:
                pairs = [await pair_of(lab, *ends) for ends in (("n1", "n2"), ("n2", "n1"))]
                assert {pair["path"] for pair in pairs} == {"idle"}
                return all(pair["measured_at"] > at for pair in pairs)

            await wait_until("both have measured again", is_measured_again, timeout=150)
        assert seen.bytes_between(lab["n1"].address, lab["n2"].address, UDP) == 0
        addresses = await lab.overlay_addresses()
        assert await lab["n1"].ping(addresses["n2"])
        await wait_path(lab, "direct", 150)
        history = await lab.nimbus("mesh", "history", "n1", "n2")
        assert all(sum(way["sent"]) > 0 for way in history["ways"])
        why = await lab.nimbus("why", "n1", "n2")
        assert any("n1 to n2: in the last hour" in each["message"] for each in why["findings"])
