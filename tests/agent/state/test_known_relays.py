"""The nodes that relay are known after the agent was killed."""

from __future__ import annotations

from pathlib import Path

from agent.state.documents import Section
from agent.state.known_relays import KnownRelays
from tests.kit.agent_state import killed, opened_state


async def test_they_are_known_after_a_kill(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "first") as state:
        assert state.known_relays.addresses == ()
        await state.known_relays.keep(("10.0.0.5", "10.0.0.6"))
        killed_in = killed(tmp_path / "first", tmp_path / "second")
    async with opened_state(killed_in) as state:
        assert state.known_relays.addresses == ("10.0.0.5", "10.0.0.6")
        await state.known_relays.keep(())
        killed_in = killed(killed_in, tmp_path / "third")
    async with opened_state(killed_in) as state:
        assert state.known_relays.addresses == ()


def test_what_is_no_address_is_left_out() -> None:
    stored = Section(1, "", {"addresses": b"10.0.0.5 \xff\xfe 10.0.0.300 10.0.0.6"})
    assert KnownRelays(stored).addresses == ("10.0.0.5", "10.0.0.6")
