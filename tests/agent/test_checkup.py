"""`nimbus-agent doctor`: what it makes of the facts, each fault made for real where it can be."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from agent.checkup import kept, machine, mesh, names, running, ways
from agent.firewall.nft import Nft
from nimbus.protocol.checkup.finding import Finding, lines_of

MIB = 2**20


def test_how_it_is_shown() -> None:
    findings = [Finding(True, "clock", "well"), Finding(False, "mesh", "bad\x1b[2J", "Mend it.")]
    assert list(lines_of(findings)) == [
        "ok   clock        well",
        "FAIL mesh         bad [2J",
        "                  Mend it.",
        "",
        "1 problem found.",
    ]


@pytest.mark.parametrize(
    ("free", "ok"), [(1000 * MIB, True), (100 * MIB, None), (MIB, False), (float("inf"), True)]
)
def test_space(free: float, ok: bool | None) -> None:
    assert kept.of_space("/data", free).ok is ok


def test_the_clock_against_the_control_planes() -> None:
    assert running.of_offset(-0.2).ok is True
    assert "-90.0 s off" in running.of_offset(-90.0).what
    assert running.of_offset(-90.0).next_step


@pytest.mark.parametrize(("passes", "ok"), [(1420, True), (1300, False), (None, None)])
def test_the_mtu(passes: int | None, ok: bool | None) -> None:
    assert mesh.of_mtu(1420, passes).ok is ok


def test_versions() -> None:
    assert ways.of_version("a" * 64, "a" * 64).ok is True
    differs = ways.of_version("a" * 64, "b" * 64)
    assert (differs.ok, "/install-agent.sh" in differs.next_step) == (None, True)


@pytest.mark.parametrize(
    ("content", "ok"), [("0123456789abcdef\n", True), ("", None), ("uninitialized\n", None)]
)
def test_the_machine_id(tmp_path: Path, content: str, ok: bool | None) -> None:
    file = tmp_path / "machine-id"
    assert machine.of_machine_id(file).ok is None
    file.write_text(content)
    assert machine.of_machine_id(file).ok is ok


class FakeNft(Nft):
    """Takes every table, and has the one that it is given."""

    def __init__(self, table: list[Any]) -> None:
        super().__init__()
        self.table = table

    def check(self, commands: dict[str, Any]) -> None:
        pass

    def read(self) -> list[Any]:
        return self.table


def test_the_table_of_the_firewall() -> None:
    def look(nft: Nft, *, has_rules: bool) -> list[bool | None]:
        return [
            one.ok for one in machine.of_firewall(nft, has_rules=has_rules, is_running=True, in_mesh=True)
        ]

    assert look(FakeNft(["a rule"]), has_rules=True) == [True]
    assert look(FakeNft([]), has_rules=True) == [False]
    assert look(FakeNft([]), has_rules=False) == [True]
    missing = Nft(program="/nowhere/nft")
    assert (look(missing, has_rules=True), look(missing, has_rules=False)) == ([False], [None])


def test_a_name_server_that_is_none() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]

        def answer() -> None:
            _, sender = other.recvfrom(2000)
            other.sendto(b"no name server", sender)

        thread = threading.Thread(target=answer)
        thread.start()
        assert names.problem_of("127.0.0.1", port) == "what answers is no name server"
        thread.join()
