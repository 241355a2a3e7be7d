"""The systemd units on a booted Debian: installed by the executables themselves, killed, rebooted.

The control plane and one node run on one kernel with its own WireGuard; the node's unit is put into a network
namespace, so that the two talk over a wire and through the tunnel.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vm.debian_kernel import VmUnavailable
from tests.vm.virtual_machine import VirtualMachine, make_disk

pytestmark = [pytest.mark.vm, pytest.mark.root]
ROOT = Path(__file__).parents[2]
NIMBUS, AGENT = str(ROOT / "dist/nimbus"), str(ROOT / "dist/nimbus-agent")
NETWORK = """[Unit]
Description=The wire between the control plane and the node of this test
Before=nimbus-api.service nimbus-agent.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip netns add node
ExecStart=/usr/sbin/ip link add wire type veth peer name eth0 netns node
ExecStart=/usr/sbin/ip addr add 198.51.100.1/24 dev wire
ExecStart=/usr/sbin/ip link set wire up
ExecStart=/usr/sbin/ip -n node addr add 198.51.100.2/24 dev eth0
ExecStart=/usr/sbin/ip -n node link set eth0 up
ExecStart=/usr/sbin/ip -n node link set lo up
[Install]
WantedBy=multi-user.target
"""
CONFIG = """listen = "198.51.100.1:8443"
endpoint = "198.51.100.1:51820"
heartbeat_interval = 2.0
mesh = "kernel"
"""
NAMESPACE = (
    "[Service]\nNetworkNamespacePath=/run/netns/node\n[Unit]\nAfter=wire.service\nRequires=wire.service\n"
)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return make_disk(tmp_path / "disk.img")


def boot(disk: Path) -> VirtualMachine:
    if not Path(NIMBUS).exists():
        pytest.skip("dist/nimbus is missing: python3 build.py")
    try:
        return VirtualMachine.boot(init="systemd", disk=disk, seconds=240, memory_mib=2048)
    except VmUnavailable as error:
        pytest.skip(str(error))


def done(machine: VirtualMachine, *argv: str, seconds: float = 240, stdin: str = "") -> str:
    ended = machine.run(
        argv, seconds=seconds, input=stdin, env={"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    assert ended.returncode == 0, (argv, ended.stdout[-2000:], ended.stderr[-2000:], journal(machine))
    return ended.stdout


def journal(machine: VirtualMachine) -> str:
    return machine.run(["journalctl", "-n", "60", "--no-pager", "-o", "cat"], seconds=60).stdout


def write(machine: VirtualMachine, path: str, content: str) -> None:
    done(machine, "sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0"', path, stdin=content)


def until(condition: Callable[[], bool], what: str, machine: VirtualMachine, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}\n{journal(machine)}"
        time.sleep(1)


def node_state(machine: VirtualMachine) -> str:
    ended = machine.run([NIMBUS, "node", "list", "-o", "json"], env={"HOME": "/root"}, seconds=120)
    nodes = json.loads(ended.stdout) if ended.returncode == 0 else []
    return str(nodes[0]["state"]) if nodes else ended.stderr


def main_pid(machine: VirtualMachine, unit: str) -> int:
    return int(done(machine, "systemctl", "show", "-P", "MainPID", unit))


def until_restarted(machine: VirtualMachine, unit: str, before: int) -> None:
    until(lambda: main_pid(machine, unit) not in (0, before), f"{unit} did not come back", machine)


def set_up(machine: VirtualMachine) -> None:
    write(machine, "/etc/systemd/system/wire.service", NETWORK)
    write(machine, "/etc/nimbus/nimbus.toml", CONFIG)
    write(machine, "/etc/systemd/system/nimbus-agent.service.d/namespace.conf", NAMESPACE)
    done(machine, "systemctl", "daemon-reload")
    done(machine, "systemctl", "enable", "--now", "wire.service")
    done(machine, NIMBUS, "install-service")
    done(machine, NIMBUS, "bootstrap")
    token = json.loads(done(machine, NIMBUS, "node", "token", "--name", "n1", "-o", "json"))["token"]
    done(machine, "ip", "netns", "exec", "node", AGENT, "join", "-", "--interface", "nimbus1", stdin=token)
    done(machine, AGENT, "install-service")


@pytest.fixture
def machine(disk: Path) -> Iterator[VirtualMachine]:
    with boot(disk) as machine:
        set_up(machine)
        yield machine


def test_the_services_survive_a_kill_and_a_reboot(machine: VirtualMachine, disk: Path) -> None:
    until(lambda: node_state(machine) == "Online", "the node never came Online", machine)
    kind = done(machine, "ip", "-d", "link", "show", "nimbus0")
    assert "wireguard" in kind
    for unit in ("nimbus-api", "nimbus-agent"):
        before = main_pid(machine, unit)
        done(machine, "systemctl", "kill", "-s", "KILL", unit)
        until_restarted(machine, unit, before)
    until(lambda: node_state(machine) == "Online", "the node did not come back after the kill", machine)
    # The overlay carries traffic between two kernels' ends.
    done(machine, "ip", "netns", "exec", "node", "ping", "-c", "1", "-W", "10", "10.106.103.1")

    machine.run(["systemctl", "reboot"], seconds=30)
    machine.wait_ended(120)
    with boot(disk) as again:
        until(lambda: node_state(again) == "Online", "the node did not come back after the reboot", again)
        done(again, "systemctl", "is-active", "nimbus-api", "nimbus-agent")
        # Its service runs: leaving stops it first, and it does not come back.
        assert "stopped and disabled" in done(again, AGENT, "leave", "--yes")
        assert again.run(["systemctl", "is-enabled", "nimbus-agent"]).stdout.strip() == "disabled"
        until(lambda: "Online" not in node_state(again), "the node did not leave", again)


def test_a_hung_service_is_restarted_by_the_watchdog(machine: VirtualMachine) -> None:
    before = main_pid(machine, "nimbus-agent")
    done(machine, "systemctl", "kill", "-s", "STOP", "nimbus-agent")
    until_restarted(machine, "nimbus-agent", before)
