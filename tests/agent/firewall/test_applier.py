"""The section `firewall` followed, with an nft that is a fake and a control plane that is played."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.firewall.applier import FirewallApplier, remove_table
from agent.firewall.desired import DesiredFirewall
from agent.firewall.nft import Nft, NftFailed
from agent.firewall.table import comparable, replacement
from agent.link import LinkDown, Reply
from agent.operations.failure import OperationFailed
from nimbus.protocol.firewall import FirewallDocument, FirewallRule
from tests.kit.agent_state import opened_state

RULE = FirewallRule("swarm/a", "tcp", 2377, 2377, ("overlay",))


class FakeNft:
    """Stands in for `agent.firewall.nft.Nft`: a kernel that has what it was told. `failure`: it has none."""

    def __init__(self) -> None:
        self.table: list[Any] = []
        self.failure = ""
        self.applied = 0

    def apply(self, commands: dict[str, Any]) -> None:
        if self.failure:
            raise NftFailed(self.failure)
        self.applied += 1
        added = [command["add"] for command in commands["nftables"] if "add" in command]
        # Begun anew by its deletion.
        self.table = comparable({"nftables": added[1:]})

    def read(self) -> list[Any]:
        if self.failure:
            raise NftFailed(self.failure)
        return list(self.table)


class PlayedControlPlane:
    def __init__(self) -> None:
        self.document = FirewallDocument(0)
        self.down = False
        self.asked: list[str] = []

    async def request(
        self,
        _method: str,
        target: str,
        body: bytes = b"",
        timeout: float = 60,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        await trio.lowlevel.checkpoint()
        self.asked.append(target)
        if self.down:
            raise LinkDown
        if target.endswith(f"revision={self.document.revision}"):
            return Reply(304, b"")
        return Reply(200, msgspec.json.encode(self.document))


class World:
    def __init__(self, desired: DesiredFirewall | None = None) -> None:
        self.nft, self.plane = FakeNft(), PlayedControlPlane()
        self.applier = self.another(desired or DesiredFirewall())

    def another(self, desired: DesiredFirewall) -> FirewallApplier:
        return FirewallApplier("n1", "nimbus0", desired, self.plane, self.nft)  # type: ignore[arg-type]

    async def deliver(self, revision: int, *rules: FirewallRule) -> None:
        self.plane.document = FirewallDocument(revision, rules)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.applier.run)
            self.applier.learn(revision)
            await self.applier.settle(5)
            nursery.cancel_scope.cancel()

    @property
    def comments(self) -> list[str]:
        return [value.get("comment", "") for kind, value in self.nft.table if kind == "rule"]


@pytest.fixture
def autojump_clock() -> MockClock:
    return MockClock(rate=200)


async def test_a_node_that_never_had_a_rule_needs_no_nft() -> None:
    world = World()
    world.nft.failure = "nft is not installed"
    await world.applier.start()
    await world.applier.verify()
    world.applier.learn(0)
    assert (world.applier.is_current, world.applier.is_used) == (True, False)
    assert world.applier.check().healthy


async def test_what_is_told_is_applied_and_named() -> None:
    world = World()
    await world.applier.start()
    await world.deliver(1, RULE)
    assert (world.applier.applied, world.applier.is_current) == (1, True)
    assert "swarm/a" in world.comments
    await world.applier.require("swarm/a")
    await world.deliver(2)
    assert (world.applier.applied, world.nft.table) == (2, [])
    # What was told before is not asked for again.
    world.applier.learn(2)
    assert world.applier.is_current


async def test_what_cannot_be_set_is_a_failed_check_and_is_set_as_soon_as_it_can(
    autojump_clock: MockClock,
) -> None:
    world = World()
    world.nft.failure = "nft is not installed. Install it (apt-get install nftables)"
    await world.deliver(1, RULE)
    check = world.applier.check()
    assert (check.name, check.healthy, "apt-get install nftables" in check.message) == (
        "firewall",
        False,
        True,
    )
    assert (world.applier.applied, world.applier.is_current) == (0, False)
    with pytest.raises(OperationFailed) as caught:
        await world.applier.require("swarm/a")
    assert (caught.value.code, "nftables" in caught.value.message) == ("FIREWALL", True)
    world.nft.failure = ""
    await world.applier.verify()
    assert (world.applier.applied, world.applier.check().healthy) == (1, True)


async def test_a_table_that_somebody_flushed_is_mended(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    await world.deliver(1, RULE)
    before, times = list(world.nft.table), world.nft.applied
    await world.applier.verify()
    assert world.nft.applied == times
    for damaged in ([], before[:-1], [*before, ("rule", {"comment": "mine"})]):
        world.nft.table = damaged
        await world.applier.verify()
        assert world.nft.table == before
    assert "another program changed its table" in caplog.text


async def test_it_is_there_after_a_start_without_the_control_plane(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "state") as state:
        world = World(state.firewall)
        await world.deliver(7, RULE)
    async with opened_state(tmp_path / "state") as state:
        again = World(state.firewall)
        again.plane.down = True
        await again.applier.start()
        assert again.applier.applied == 7
        assert "swarm/a" in again.comments


async def test_a_kill_between_disk_and_kernel_ends_with_the_newer_rules(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "state") as state:
        world = World(state.firewall)
        await world.deliver(1, RULE)
        world.nft.failure = "the agent is killed here"
        await world.deliver(2, RULE, FirewallRule("swarm/b", "udp", 4789, 4789, ("overlay",)))
        assert "swarm/b" not in world.comments
    async with opened_state(tmp_path / "state") as state:
        again = World(state.firewall)
        await again.applier.start()
        assert (again.applier.applied, "swarm/b" in again.comments) == (2, True)


async def test_a_task_waits_for_its_rule(autojump_clock: MockClock) -> None:
    world = World()
    done = trio.Event()

    async def open_port() -> None:
        await world.applier.require("swarm/a")
        assert "swarm/a" in world.comments
        done.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(open_port)
        await trio.testing.wait_all_tasks_blocked()
        assert not done.is_set()
        await world.deliver(1, RULE)
        await done.wait()
    with pytest.raises(OperationFailed) as caught:
        await world.applier.require("swarm/unknown")
    assert "received no firewall rule" in caught.value.message


async def test_a_connection_that_breaks_costs_nothing_but_time() -> None:
    world = World()
    world.plane.down = True
    await world.deliver(1, RULE)
    assert not world.applier.is_current
    world.plane.down = False
    await world.deliver(1, RULE)
    assert world.applier.is_current


async def test_a_control_plane_that_knows_of_no_rules_any_more_takes_them_back() -> None:
    world = World()
    await world.deliver(5, RULE)
    await world.deliver(0)
    assert (world.nft.table, world.applier.applied) == ([], 0)


def test_who_leaves_takes_the_table_along() -> None:
    nft = FakeNft()
    remove_table(nft, replacement((), ""))  # type: ignore[arg-type]
    assert nft.applied == 0
    nft.table = [("rule", {"comment": "x"})]
    remove_table(nft, replacement((), ""))  # type: ignore[arg-type]
    assert nft.table == []


def test_without_the_program_the_words_name_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.firewall.nft.shutil.which", lambda *_a, **_k: None)
    with pytest.raises(NftFailed, match="apt-get install nftables"):
        Nft().read()
    with pytest.raises(NftFailed, match="apt-get install nftables"):
        Nft("/nowhere/nft").read()
