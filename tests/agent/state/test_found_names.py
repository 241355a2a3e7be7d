"""Where names led is there after the agent was killed, whatever the disk does meanwhile."""

from __future__ import annotations

from pathlib import Path

from agent.state.found_names import FoundNames
from tests.kit.agent_state import killed, opened_state

FOUND = {"cp.example.org:51820": ("192.0.2.1:51820", "[2001:db8::1]:51820")}


async def test_they_are_found_again_after_a_kill(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "first") as state:
        assert state.found_names.addresses == {}
        await state.found_names.keep(FOUND)
        killed_in = killed(tmp_path / "first", tmp_path / "second")
    async with opened_state(killed_in) as state:
        assert state.found_names.addresses == FOUND
        await state.found_names.keep({})
        assert state.found_names.addresses == {}


async def test_without_a_file_they_are_remembered_for_now() -> None:
    names = FoundNames()
    await names.keep(FOUND)
    assert names.addresses == FOUND
