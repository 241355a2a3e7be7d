"""The userspace device with a real wireguard-go between namespaces, and what only such a device can suffer."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from nimbus.wireguard import userspace_process
from nimbus.wireguard.device import open_device
from nimbus.wireguard.errors import DeviceError, ForeignDevice, MeshUnavailable
from nimbus.wireguard.keys import generate_private_key, key_bytes
from nimbus.wireguard.model import Interface
from nimbus.wireguard.plan import plan, plan_peers
from nimbus.wireguard.userspace_device import UserspaceDevice
from tests.system.wireguard_device_cases import DeviceCases, Mesh, assert_settled
from tests.system.wireguard_hosts import Host, is_root, run, two_hosts, wait_until

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not is_root(), reason="namespaces need root"),
    pytest.mark.skipif(shutil.which("wireguard-go") is None, reason="wireguard-go is not installed"),
]


def pid_of(host: Host) -> int:
    (pid,) = userspace_process.processes_for(host.interface)
    return pid


def is_gone(pid: int) -> bool:
    """Whether the process ended (a zombie that nobody waits for has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class TestUserspaceDevice(DeviceCases):
    mode = "userspace"


@pytest.fixture
def mesh() -> Iterator[Mesh]:
    with two_hosts("userspace") as hosts:
        yield Mesh(*hosts)


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host("c")
    try:
        yield made
    finally:
        made.close()


def test_a_killed_program_is_noticed_and_replaced(mesh: Mesh) -> None:
    mesh.up()
    host, want = mesh.hosts[0], mesh.wants[0]
    pid = pid_of(host)
    os.kill(pid, signal.SIGKILL)
    wait_until("the program to end", lambda: is_gone(pid))
    assert (userspace_process.RUN_DIR / f"{host.interface}.sock").exists(), (
        "a stale socket is part of this test"
    )
    wait_until("the crash to show", lambda: not host.read().exists)
    assert host.call(host.device.read_peers) == {}
    todo = plan(host.read(), want, want)
    assert todo.create
    host.call(host.device.apply, todo, want)
    assert_settled(host, want)
    assert pid_of(host) != pid
    mesh.ping()


def test_a_plan_that_the_program_did_not_live_to_see(mesh: Mesh) -> None:
    mesh.up()
    host, want = mesh.hosts[0], mesh.wants[0]
    todo = plan_peers(want.peers.values())
    os.kill(pid_of(host), signal.SIGKILL)
    host.call(host.device.apply, todo, want)
    assert_settled(host, want)


def test_a_removed_socket_is_repaired(mesh: Mesh) -> None:
    mesh.up()
    host, want = mesh.hosts[0], mesh.wants[0]
    (userspace_process.RUN_DIR / f"{host.interface}.sock").unlink()
    assert not host.read().exists
    host.converge(want, want)
    assert_settled(host, want)
    mesh.ping()


_OWNER = """
import sys, msgspec
from nimbus.wireguard.device import open_device
from nimbus.wireguard.model import Interface
from nimbus.wireguard.plan import plan
want = msgspec.json.decode(sys.stdin.readline(), type=Interface)
device = open_device("userspace", want.name)
device.apply(plan(device.read(), want), want)
print("applied", flush=True)
sys.stdin.read()
"""


def test_traffic_goes_on_when_who_made_it_is_killed_and_the_next_adopts_it(mesh: Mesh) -> None:
    mesh.hosts[1].converge(mesh.wants[1])
    host, want = mesh.hosts[0], mesh.wants[0]
    owner = subprocess.Popen(
        ["ip", "netns", "exec", host.namespace, sys.executable, "-c", _OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert owner.stdin
        assert owner.stdout
        owner.stdin.write(msgspec.json.encode(want) + b"\n")
        owner.stdin.flush()
        assert owner.stdout.readline() == b"applied\n"
    finally:
        owner.kill()
        owner.communicate()
    pid = pid_of(host)
    mesh.ping()
    assert_settled(host, want)
    changed = msgspec.structs.replace(want, mtu=1300)
    host.converge(changed, want)
    assert_settled(host, changed)
    assert pid_of(host) == pid
    host.call(host.device.delete)
    assert is_gone(pid)


def test_no_key_is_in_the_arguments_or_the_environment_of_the_program(mesh: Mesh) -> None:
    mesh.up()
    pid = pid_of(mesh.hosts[0])
    shown = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    want = mesh.wants[0]
    for secret in (want.private_key, mesh.preshared):
        assert secret.encode() not in shown
        assert key_bytes(secret).hex().encode() not in shown


def test_delete_leaves_nothing_behind(mesh: Mesh) -> None:
    mesh.up()
    host = mesh.hosts[0]
    pid = pid_of(host)
    host.call(host.device.delete)
    assert is_gone(pid)
    assert not (userspace_process.RUN_DIR / f"{host.interface}.sock").exists()
    assert list(userspace_process.processes_for(host.interface)) == []


def test_delete_after_a_crash_leaves_no_socket(mesh: Mesh) -> None:
    mesh.up()
    host = mesh.hosts[0]
    pid = pid_of(host)
    os.kill(pid, signal.SIGKILL)
    wait_until("the program to end", lambda: is_gone(pid))
    host.call(host.device.delete)
    assert not (userspace_process.RUN_DIR / f"{host.interface}.sock").exists()


def test_the_program_is_in_a_session_of_its_own(mesh: Mesh) -> None:
    """So that neither Ctrl-C nor a closed terminal reaches it."""
    mesh.up()
    pid = pid_of(mesh.hosts[0])
    assert os.getsid(pid) != os.getsid(0)
    assert os.getpgid(pid) != os.getpgid(0)


def test_a_socket_of_another_namespace_is_a_strangers(mesh: Mesh, host: Host) -> None:
    mesh.up()
    name = mesh.hosts[0].interface
    stranger = host.call(lambda: open_device("userspace", name))
    assert isinstance(stranger, UserspaceDevice)
    for attempt in (
        stranger.read,
        stranger.read_peers,
        stranger.delete,
        lambda: stranger.apply(plan_peers([]), mesh.wants[0]),
    ):
        with pytest.raises(ForeignDevice, match="another network namespace"):
            host.call(attempt)
    mesh.ping()
    assert_settled(mesh.hosts[0], mesh.wants[0])


def test_a_program_that_an_operator_started_is_adopted(host: Host) -> None:
    host.run("wireguard-go", host.interface)
    device = host.call(lambda: open_device("auto", host.interface))
    try:
        want = Interface(name=host.interface, private_key=generate_private_key(), addresses=("10.1.0.1/24",))
        pid = pid_of(host)
        host.call(lambda: device.apply(plan(device.read(), want), want))
        assert not plan(host.call(device.read), want)
        assert pid_of(host) == pid
    finally:
        host.call(device.delete)


def program_that(folder: Path, script: str) -> str:
    """A fake WireGuard program: a shell script."""
    path = folder / f"program{secrets.token_hex(2)}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_the_last_words_of_a_program_that_cannot_start_are_told(host: Host, tmp_path: Path) -> None:
    program = program_that(tmp_path, "echo 'Failed to create TUN device: no luck today' >&2; exit 1")
    device = host.call(lambda: open_device("userspace", host.interface, program=program))
    want = Interface(name=host.interface, private_key=generate_private_key())
    with pytest.raises(DeviceError, match="no luck today") as caught:
        host.call(device.apply, plan_peers([]), want)
    assert want.private_key not in caught.value.line()
    assert not host.call(device.read).exists


def test_a_program_that_ends_at_once_is_an_error(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(userspace_process, "_START_SECONDS", 0.2)
    program = program_that(tmp_path, "exit 0")
    device = host.call(lambda: open_device("userspace", host.interface, program=program))
    with pytest.raises(DeviceError, match="made no control socket"):
        host.call(
            device.apply, plan_peers([]), Interface(name=host.interface, private_key=generate_private_key())
        )
    hanging = program_that(tmp_path, "exec cat /dev/zero > /dev/null")
    device = host.call(lambda: open_device("userspace", host.interface, program=hanging))
    with pytest.raises(DeviceError, match="did not become a daemon"):
        host.call(
            device.apply, plan_peers([]), Interface(name=host.interface, private_key=generate_private_key())
        )


@pytest.mark.parametrize(
    ("answer", "ended"), [(b"nonsense\n\n", False), (b"errno=1\n\n", False), (b"", True), (b"errno=0", True)]
)
def test_a_program_that_answers_nonsense_is_an_error_and_one_that_ends_is_gone(
    host: Host, tmp_path: Path, answer: bytes, ended: bool
) -> None:
    """A fake program: a socket in this process that says what it should not."""
    host.run("ip", "link", "add", host.interface, "type", "veth", "peer", "name", "other")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / f"{host.interface}.sock"))
    listener.listen()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    device = UserspaceDevice(host.interface, run_dir=tmp_path)
    try:
        if ended:
            assert not host.call(device.read).exists
        else:
            with pytest.raises(DeviceError):
                host.call(device.read)
    finally:
        thread.join(5)
        listener.close()


def test_no_program_is_said_with_the_package_to_install(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MeshUnavailable) as caught:
        host.call(lambda: open_device("userspace", host.interface))
    assert (caught.value.cause, caught.value.code) == ("no_program", "MESH_UNAVAILABLE")
    assert "apt-get install wireguard-go" in caught.value.line()
    with pytest.raises(MeshUnavailable, match="'missing-program'"):
        host.call(lambda: open_device("userspace", host.interface, program="missing-program"))


_TRY = """
import sys
from nimbus.wireguard.device import open_device
from nimbus.wireguard.errors import MeshUnavailable
try:
    open_device("userspace", "wgtry")
except MeshUnavailable as error:
    print(error.cause)
"""


@pytest.mark.parametrize(
    ("wrapper", "cause"),
    [
        (["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"], "not_root"),
        (
            ["unshare", "--mount", "--", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$0" "$@"'],
            "no_tun",
        ),
    ],
)
def test_why_there_can_be_no_mesh(wrapper: list[str], cause: str) -> None:
    assert run(*wrapper, sys.executable, "-c", _TRY).stdout.strip() == cause
