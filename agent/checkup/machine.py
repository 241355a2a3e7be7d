"""The machine under the node: clock, systemd, its own id, packet filter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.directory import AgentDirectory, NodeRecord
from agent.firewall.desired import SECTION, DesiredFirewall
from agent.firewall.nft import Nft, NftFailed
from agent.firewall.table import NAME, replacement
from agent.mesh_ports.table import sample
from agent.state.documents import load_section
from agent.state.opening import read_copy
from nimbus.protocol.checkup import machine as shared
from nimbus.protocol.checkup.finding import Finding

MACHINE_ID = Path("/etc/machine-id")


def machine(directory: AgentDirectory, record: NodeRecord, *, is_running: bool) -> Iterator[Finding]:
    yield shared.clock()
    yield shared.unit("nimbus-agent", "the agent", is_running=is_running)
    yield of_machine_id(MACHINE_ID)
    section = read_copy(directory.state, lambda connection: load_section(connection, SECTION))
    has_rules = bool(DesiredFirewall(section).document.rules)
    yield from of_firewall(Nft(), has_rules=has_rules, is_running=is_running, in_mesh=record.mesh is not None)


def of_machine_id(file: Path) -> Finding:
    try:
        content = file.read_text("ascii", "replace").strip()
    except OSError:
        content = ""
    if content and content != "uninitialized":
        return Finding(True, "machine", "the machine has an id")
    return Finding(
        None,
        "machine",
        f"{file} is empty: copies of this disk cannot be told apart by it",
        "Run: systemd-machine-id-setup",
    )


def of_firewall(nft: Nft, *, has_rules: bool, is_running: bool, in_mesh: bool) -> Iterator[Finding]:
    """Whether this machine can filter, and whether the table with this node's rules is there."""
    try:
        if in_mesh or has_rules:
            nft.check(sample() if in_mesh else replacement((), ""))
        is_there = bool(nft.read()) if has_rules else True
    except NftFailed as error:
        # Without rules and without a policy of ports nothing is missing.
        yield Finding(False if has_rules else None, "firewall", str(error))
        return
    if not is_there:
        yield Finding(
            False,
            "firewall",
            f"the table inet {NAME} with the rules of this node is missing: the ports are closed",
            "The agent sets it again within a heartbeat. If it stays: journalctl -u nimbus-agent -n 50"
            if is_running
            else "Start the agent: it sets the table.",
        )
    elif has_rules:
        yield Finding(True, "firewall", f"the table inet {NAME} with the rules of this node is there")
    elif in_mesh:
        yield Finding(True, "firewall", "nftables works: ports can be filtered")
