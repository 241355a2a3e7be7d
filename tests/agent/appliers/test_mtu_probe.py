"""The search for the largest size that passes, on a way that is played."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from agent.appliers import mtu_probe
from agent.appliers.mtu_probe import EXACT_BYTES, largest_that_passes


class PlayedWay:
    """Stands in for `SizedEcho`: packets of more than `limit` bytes vanish; of those that pass, each `loses`th
    too."""

    def __init__(self, limit: int, loses: int = 0) -> None:
        self.limit, self.loses, self.number, self.rounds = limit, loses, 0, 0

    def __enter__(self) -> PlayedWay:
        return self

    def __exit__(self, *_exception: object) -> None:
        return

    async def first(self, size: int) -> bool:
        return bool(await self.answered((size,)))

    async def answered(self, sizes: Iterable[int]) -> set[int]:
        self.rounds += 1
        return {size for size in sizes if size <= self.limit and not self._is_lost()}

    def _is_lost(self) -> bool:
        self.number += 1
        return bool(self.loses) and self.number % self.loses == 0


@pytest.mark.parametrize("limit", [576, 577, 1000, 1200, 1279, 1280, 1400, 1419, 1420, 9000])
@pytest.mark.parametrize("loses", [0, 10])
async def test_it_is_found_to_a_few_bytes(monkeypatch: pytest.MonkeyPatch, limit: int, loses: int) -> None:
    way = PlayedWay(limit, loses)
    monkeypatch.setattr(mtu_probe, "SizedEcho", lambda _address: way)
    found = await largest_that_passes("10.0.0.1", 1420)
    assert found is not None
    assert min(limit, 1420) - EXACT_BYTES <= found <= min(limit, 1420)
    assert way.rounds <= 14
    if limit >= 1420:
        assert (found, way.rounds) == (1420, 2)


async def test_who_is_silent_or_cannot_be_asked_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mtu_probe, "SizedEcho", lambda _address: PlayedWay(0))
    assert await largest_that_passes("10.0.0.1", 1420) is None

    def forbidden(_address: str) -> Any:
        raise PermissionError(1, "no raw sockets here")

    monkeypatch.setattr(mtu_probe, "SizedEcho", forbidden)
    assert await largest_that_passes("10.0.0.1", 1420) is None
