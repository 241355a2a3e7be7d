"""A join that cannot succeed says why in one line, leaves nothing behind, and can be repeated."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime

import pytest
import trio

from tests.kit.lab import Finished, Lab, LabHost, fake_clock, wait_until
from tests.kit.lab.lab import API_PORT
from tests.kit.lab.network import UNDERLAY, filter_packets
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root


def refused_with(done: Finished, code: str) -> None:
    """Status 1, nothing on standard output, and after the steps one line with the code in brackets."""
    assert done.status == 1, done
    assert done.out == "", done
    steps = [line for line in done.err.splitlines() if "[" not in line]
    assert len(done.err.splitlines()) - len(steps) == 1, done
    assert done.line.startswith("nimbus-agent: "), done
    assert done.line.endswith(f"[{code}]"), done


def nothing_left(host: LabHost) -> None:
    links = host.namespace.ip("-br", "link")
    assert host.interface not in links, links
    assert not (host.data / "node.json").exists()


async def joins_afterwards(lab: Lab, host: LabHost) -> None:
    nothing_left(host)
    done = await lab.join(host, await lab.token(host.name))
    assert done.status == 0, done


async def test_udp_is_blocked(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane()
        node = lab["n1"]
        rules = [["-p", "udp", "--dport", "51820"], ["-p", "tcp", "--dport", str(API_PORT), "-i", UNDERLAY]]
        for rule in rules:
            filter_packets(lab.control_plane.namespace, "INPUT", rule)
        done = await lab.join(node, await lab.token())
        refused_with(done, "UDP_BLOCKED")
        assert "192.0.2.1:51820" in done.line
        assert f"192.0.2.1:{API_PORT} does not answer" in done.line
        for rule in rules:
            filter_packets(lab.control_plane.namespace, "INPUT", rule, on=False)
        await joins_afterwards(lab, node)


async def test_a_token_that_is_used_up(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        first, second = lab.nodes
        token = await lab.token()
        assert (await lab.join(first, token)).status == 0
        refused_with(await lab.join(first, token), "ALREADY_JOINED")
        refused_with(await lab.join(second, token), "TOKEN_USED")
        await joins_afterwards(lab, second)


async def test_a_token_that_has_expired(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        node, slow_clock = lab.nodes
        made = await lab.nimbus("node", "token", "--ttl", "1s")
        token, expiry = made["token"], datetime.fromisoformat(made["expires_at"])

        async def expired() -> bool:
            return datetime.now(UTC) > expiry

        await wait_until("the token has expired", expired)
        refused_with(await lab.join(node, token), "TOKEN_EXPIRED")
        await joins_afterwards(lab, node)
        # By this machine's clock it is still good: the control plane decides.
        refused_with(await lab.join(slow_clock, token, env=fake_clock(slow_clock, -200)), "TOKEN_EXPIRED")


async def test_a_token_that_was_tampered_with(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="off") as lab:
        await lab.start_control_plane()
        node, token = lab["n1"], await lab.token()
        middle = len(token) // 2
        changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
        for bad in (changed, token[:-3], "nimbus1_", "hello", ""):
            refused_with(await lab.join(node, bad), "TOKEN_MALFORMED")
        await joins_afterwards(lab, node)


async def test_the_overlay_collides_with_a_local_route(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane()
        node = lab["n1"]
        node.namespace.ip("route", "add", "10.106.0.0/16", "dev", "eth0")
        done = await lab.join(node, await lab.token())
        refused_with(done, "OVERLAY_COLLIDES")
        assert "10.106.0.0/16" in done.line
        node.namespace.ip("route", "delete", "10.106.0.0/16")
        await joins_afterwards(lab, node)


async def test_this_machine_cannot_have_wireguard(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="userspace") as lab:
        await lab.start_control_plane()
        node, token = lab["n1"], await lab.token()
        done = await lab.join(node, token, env={"PATH": "/nonexistent"})
        refused_with(done, "MESH_UNAVAILABLE")
        assert "apt-get install wireguard-go" in done.line
        own = node.folder / "of-nobody"
        own.mkdir()
        shutil.chown(own, "nobody", "nogroup")
        own_cache = {"SHIV_ROOT": os.fspath(own / "cache"), "NIMBUS_AGENT_DATA_DIR": os.fspath(own / "data")}
        done = await lab.join(node, token, env=own_cache, user="nobody")
        refused_with(done, "MESH_UNAVAILABLE")
        assert "root" in done.line
        done = await lab.join(node, token)
        assert done.status == 0, done


@pytest.mark.parametrize("shift", [3600, -3600])
async def test_the_clock_is_an_hour_off(make_lab: MakeLab, shift: int) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane()
        node = lab["n1"]
        token = await lab.token(ttl="3h")
        done = await lab.join(node, token, env=fake_clock(node, shift))
        refused_with(done, "CLOCK_SKEWED")
        nothing_left(node)
        # It was not used up.
        done = await lab.join(node, token)
        assert done.status == 0, done


async def test_another_control_plane_answers(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="off") as lab:
        await lab.start_control_plane()
        token = await lab.token()
        assert lab.server is not None
        await lab.server.stop()
        await lab.start_control_plane(bootstrap=False, data_dir=lab.control_plane.folder / "another")
        refused_with(await lab.join(lab["n1"], token), "WRONG_CA")
        nothing_left(lab["n1"])


async def test_the_name_is_taken(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        first, second = lab.nodes
        assert (await lab.join(first, await lab.token("web"))).status == 0
        token = await lab.token()
        refused_with(await lab.join(second, token, "--name", "web"), "CONFLICT")
        nothing_left(second)
        # The token is as good as before for another name.
        done = await lab.join(second, token, "--name", "db")
        assert (done.status, "'db'" in done.out) == (0, True), done
        taken = await lab.command("node", "token", "--name", "web")
        assert (taken.status, taken.line.rpartition(" ")[2]) == (1, "[CONFLICT]"), taken


async def test_two_machines_race_with_one_token(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        token = await lab.token()
        results: dict[str, Finished] = {}

        async def join(host: LabHost) -> None:
            results[host.name] = await lab.join(host, token, timeout=90)

        async with trio.open_nursery() as nursery:
            for host in lab.nodes:
                nursery.start_soon(join, host)
        assert sorted(done.status for done in results.values()) == [0, 1], results
        loser = next(lab[name] for name, done in results.items() if done.status)
        winner = next(host for host in lab.nodes if host is not loser)
        refused_with(results[loser.name], "TOKEN_USED")
        nothing_left(loser)
        await lab.start_agent(winner)
        nodes = await lab.get("/api/v1/nodes")
        assert len(nodes) == 1
        await lab.wait_online([nodes[0]["name"]])
        await joins_afterwards(lab, loser)


async def test_nobody_hears_that_the_join_is_complete(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="userspace") as lab:
        await lab.start_control_plane()
        server, node = lab.control_plane, lab["n1"]
        # The first connection through the tunnel is the join; those of the next seconds are the completion.
        begins = ["-i", server.interface, "-p", "tcp", "--dport", "8443", "--syn", "-m", "quota", "--quota"]
        for number, (size, target) in enumerate([("60", "ACCEPT"), ("120", "DROP")], 1):
            server.namespace.run_now(
                "iptables", "-w", "-I", "INPUT", str(number), *begins, size, "-j", target
            )
        done = await lab.join(node, await lab.token("n1"))
        assert done.status == 0, done
        counters = server.namespace.run_now("iptables", "-w", "-nvxL", "INPUT").split("\n")
        assert [line.split()[0] for line in counters[2:4]] == ["1", "2"], counters
        await lab.start_agent(node)
        await lab.wait_online()
