"""What agents measure in turns, from the heartbeat to the state of the mesh, its history and why."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nimbus.protocol.link_columns import address_number, pack
from nimbus.protocol.messages import MEASURED_BYTES_LIMIT, Link, MeshProbeResult
from tests.kit.agent_client import AgentClient
from tests.kit.cli import command_line
from tests.kit.control_plane import ControlPlane
from tests.kit.database import change
from tests.kit.polling import eventually_so
from tests.kit.records import heartbeat

NEAR = Link("", "", 3.0, 1.5, 700, 600, "192.0.2.7:51820", "lan", sent=2)
LOST = Link("", "", 3.0, None, 700, 600, "192.0.2.7:51820", "lan", sent=2, lost=2)
IDLE = Link("", "", None, None, 0, 0, "192.0.2.7:51820", "lan", idle=True)


async def member(plane: ControlPlane, name: str, address: str) -> AgentClient:
    """In the mesh by the database: there is no WireGuard here."""
    agent = await plane.agent(name)
    change(
        plane.config,
        "INSERT INTO mesh_state (id, revision) VALUES (1, 1) ON CONFLICT (id) DO NOTHING",
        "INSERT INTO mesh_scopes (scope, revision, checksum, forgotten_before, matched, seen_anew)"
        " VALUES ('home', 1, '', 0, '[]', 0) ON CONFLICT (scope) DO NOTHING",
        "INSERT INTO mesh_peers (node_id, scope, name, public_key, address, endpoint, revision, entered,"
        " more_endpoints, workspace)"
        f" VALUES ('{agent.node_id}', 'home', '{name}', 'key-{name}', '{address}', '', 1, 1, '', 'w')",
    )
    return agent


def told(**ways: Link) -> MeshProbeResult:
    """By the last part of the address."""
    addresses = {name: address_number(f"10.106.103.{name.removeprefix('to_')}") for name in ways}
    return MeshProbeResult((), pack((addresses[name], link) for name, link in ways.items()))


async def path_becomes(plane: ControlPlane, from_: str, to: str, path: str) -> None:
    async def is_so() -> bool:
        return (await ways_of(plane, from_)).get((from_, to)) == path

    await eventually_so(is_so, f"{from_} to {to}: {path}")


async def ways_of(plane: ControlPlane, node: str) -> dict[tuple[str, str], str]:
    rows = await plane.get("/api/v1/mesh/status", node=node, show="all")
    return {(row["from"], row["to"]): row["path"] for row in rows}


async def test_measurements_come_with_heartbeats_and_are_kept_over_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nimbus.fleet.mesh.history.keeper.FLUSH_INTERVAL_S", 0.2)
    async with command_line(tmp_path, monkeypatch, capsys) as cli:
        plane = cli.plane
        web, db = await member(plane, "web-1", "10.106.103.2"), await member(plane, "db-1", "10.106.103.3")
        assert (await web.beat(measured=told(to_1=NEAR, to_3=NEAR))).status == 200
        assert (await db.beat(measured=told(to_1=NEAR, to_2=LOST))).status == 200
        await path_becomes(plane, "web-1", "db-1", "direct")
        await web.beat(measured=told(to_3=IDLE))
        await path_becomes(plane, "web-1", "db-1", "idle")
        assert (await ways_of(plane, "web-1"))[("web-1", "control-plane")] == "direct"
        outgoing = await plane.get("/api/v1/mesh/status", node="db-1", show="all", outgoing="true")
        assert {(row["from"], row["to"]): row["loss_percent"] for row in outgoing} == {
            ("db-1", "control-plane"): 0.0,
            ("db-1", "web-1"): 100.0,
        }
        network = await plane.get("/api/v1/mesh/network", node="web-1")
        assert network["kind"] == "unknown"
        assert network["message"].startswith("whether web-1 is behind a NAT is not known: ")
        summary = await plane.get("/api/v1/mesh/summary", node="web-1")
        assert (summary["idle"], summary["direct"] >= 1) == (1, True)
        assert all(cause["cause"] != "idle" for cause in summary["causes"])

        history = await plane.get("/api/v1/mesh/history", **{"from": "web-1", "to": "db-1"})
        there, back = history["ways"]
        assert [(way["from"], way["to"]) for way in (there, back)] == [("web-1", "db-1"), ("db-1", "web-1")]
        assert (sum(there["sent"]), sum(back["sent"])) == (2, 2)
        assert [value for value in there["rtt_ms"] if value] == [pytest.approx(1.5, rel=0.03)]
        assert [value for value in back["loss_percent"] if value is not None] == [100.0]
        assert (back["rtt_ms"].count(None), len(history["timestamps"])) == (len(back["rtt_ms"]), 289)

        status, out, _ = await cli("mesh", "history", "web-1", "db-1", "--since", "2h")
        assert (status, "1.5" in out, "100.0%" in out) == (0, True, True)
        steps = json.loads((await cli("mesh", "history", "web-1", "db-1", "-o", "json"))[1])["ways"]
        assert len(steps) == 2
        assert (await cli("mesh", "history", "web-1", "db-1", "--since", "1h", "-o", "wide"))[1].count(
            "-1 "
        ) > 20
        status, out, _ = await cli("mesh", "history", "web-1", "control-plane")
        assert (status, out.count("control-plane")) == (0, 1)
        status, _, err = await cli("mesh", "history", "web-1", "web-9")
        assert (status, "web-9" in err) == (4, True)
        status, _, err = await cli("mesh", "history", "web-1", "db-1", "--step", "-3")
        assert (status, "step" in err) == (1, True)

        out = (await cli("why", "web-1", "db-1"))[1]
        assert re.search(r"web-1 to db-1: in the last hour 1\.\d+ ms on average", out), out
        assert "db-1 to web-1: in the last hour 100 % of 2 echoes lost" in out
        assert not re.search(r"\d\.\d{6}Z", out)


async def test_a_hostile_agent_harms_nobody_but_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nimbus.fleet.mesh.history.keeper.FLUSH_INTERVAL_S", 0.2)
    async with command_line(tmp_path, monkeypatch, capsys) as cli:
        plane = cli.plane
        eve, web = await member(plane, "eve", "10.106.103.2"), await member(plane, "web-1", "10.106.103.3")
        # What an agent of before says.
        assert (await eve.beat()).status == 200
        bomb = zlib.compress(b"\x9b" + b"\x00" * 3_000_000)
        for result in (
            MeshProbeResult((), b"junk"),
            MeshProbeResult((), bytes(MEASURED_BYTES_LIMIT + 1)),
            MeshProbeResult((), bomb),
            MeshProbeResult((msgspec.structs.replace(NEAR, peer=web.node_id),) * 100),
            told(to_3=msgspec.structs.replace(NEAR, sent=1 << 50, lost=1 << 60, ago_s=1 << 40)),
            told(to_9=NEAR),
        ):
            assert (await eve.beat(measured=result)).status == 200
        body: dict[str, Any] = json.loads(msgspec.json.encode(heartbeat()))
        for junk in ("x", 5, {"links": 5}, {"links": [], "packed": "§"}, {"links": [{}], "packed": ""}):
            reply = await eve.request("POST", "/heartbeat", {**body, "measured": junk})
            assert reply.status in (400, 422)
        assert (await eve.beat(measured=told(to_3=NEAR))).status == 200
        assert (await web.beat(measured=told(to_2=NEAR))).status == 200
        await path_becomes(plane, "web-1", "eve", "direct")
        history = await plane.get("/api/v1/mesh/history", **{"from": "web-1", "to": "eve"})
        assert [sum(way["sent"]) for way in history["ways"]] == [2, 2]
