"""Boot a Debian kernel under emulation with this machine's files, and run programs in it.

    with VirtualMachine.boot() as machine:
        done = machine.run(["modprobe", "wireguard"])
        assert done.returncode == 0

Everything is bounded in time, in memory and to one process of ours (qemu). There is no network but what the
guest makes in itself; its root is a throw-away overlay over this machine's files. With `init="systemd"` the
guest runs a real systemd with control groups v2 up to basic.target: units can be installed and started in it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from tests.vm.debian_kernel import DebianKernel, VmUnavailable, debian_kernel
from tests.vm.initramfs import BUSYBOX, write_initramfs

_QEMU = "qemu-system-x86_64"
_PORT = "nimbus.commands"
_RUNNER = Path(__file__).with_name("guest_runner.py")
_PYTHON = "/usr/bin/python3"
_GRACE_SECONDS = 20.0

_UNIT = f"""[Unit]
Description=Takes commands from outside the virtual machine
[Service]
ExecStart={_PYTHON} -I {_RUNNER} {_PORT}
Restart=always
KillMode=process
TasksMax=infinity
"""
_TARGET = """[Unit]
Requires=basic.target nimbus-guest.service
After=basic.target
AllowIsolate=yes
"""


class VirtualMachineFailed(Exception):
    """The machine did not boot, or ended; the message holds the end of its console."""


class VirtualMachine:
    """A running guest. Use it as a context manager, or call `close`."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, port: socket.socket) -> None:
        self._process = process
        self._folder = folder
        self._port = port
        self._received = b""
        self.kernel_release = ""

    @classmethod
    def boot(
        cls,
        *,
        init: Literal["runner", "systemd"] = "runner",
        kernel: DebianKernel | None = None,
        memory_mib: int = 1536,
        processors: int = 2,
        seconds: float = 120,
        disk: Path | None = None,
    ) -> VirtualMachine:
        """Boot and wait until commands can be run. `disk` (see `make_disk`) keeps what the guest writes, for a
        later boot, and systemd then goes on to multi-user.target. Raises VmUnavailable where that cannot be
        done here, VirtualMachineFailed when it should have been."""
        check_programs(init)
        kernel = kernel or debian_kernel()
        folder = Path(tempfile.mkdtemp(prefix="nimbus-vm-"))
        process: subprocess.Popen[bytes] | None = None
        try:
            process = _start(folder, kernel, init, memory_mib, processors, disk)
            machine = cls(process, folder, _connect(folder, process))
            ready = machine._answer(seconds)
            machine.kernel_release = ready["ready"]
            machine.run(["ip", "link", "set", "lo", "up"])
        except BaseException:
            if process is not None:
                process.kill()
                process.wait()
            shutil.rmtree(folder)
            raise
        return machine

    def __enter__(self) -> VirtualMachine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str = "/",
        env: Mapping[str, str] | None = None,
        input: str = "",
        seconds: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the guest, one at a time. Status 124: it took longer than `seconds`."""
        command = {"argv": list(argv), "cwd": cwd, "env": dict(env or {}), "input": input, "timeout": seconds}
        try:
            self._port.settimeout(_GRACE_SECONDS)
            self._port.sendall(json.dumps(command).encode() + b"\n")
        except OSError as error:
            raise self._failed(f"does not take commands: {error}") from error
        answer = self._answer(seconds + _GRACE_SECONDS)
        return subprocess.CompletedProcess(list(argv), answer["status"], answer["stdout"], answer["stderr"])

    def python(
        self, arguments: Iterable[str], *, cwd: str, seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run this interpreter, with its packages, in the guest."""
        env = {"PYTHONPATH": cwd, "PYTHONDONTWRITEBYTECODE": "1"}
        return self.run([sys.executable, *arguments], cwd=cwd, env=env, seconds=seconds)

    def console(self) -> str:
        """What the guest's kernel and init wrote until now."""
        return (self._folder / "console").read_text("utf-8", "replace")

    def wait_ended(self, seconds: float) -> None:
        """Until the guest has shut down or asked for a reboot. Raises VirtualMachineFailed."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"did not end in {seconds:.0f} s") from error

    def close(self) -> None:
        """Stop the machine at once; what was in it is gone."""
        self._port.close()
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answer(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while b"\n" not in self._received:
            self._port.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                piece = self._port.recv(1 << 16)
            except TimeoutError as error:
                raise self._failed(f"did not answer in {seconds:.0f} s") from error
            if not piece:
                raise self._failed("ended")
            self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _failed(self, what: str) -> VirtualMachineFailed:
        return VirtualMachineFailed(
            f"The virtual machine {what}. Its console ends with:\n{self.console()[-3000:]}"
        )


def make_disk(path: Path, mib: int = 2048) -> Path:
    """An empty ext4 file system in a sparse file."""
    with path.open("wb") as stream:
        stream.truncate(mib * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(path)], check=True, stdin=subprocess.DEVNULL)
    return path


def check_programs(init: str = "runner") -> None:
    """Raise VmUnavailable when something that is needed is not installed."""
    if os.uname().machine != "x86_64":
        raise VmUnavailable("not for this machine: the emulated one has its programs, and is an x86_64")
    if shutil.which(_QEMU) is None:
        raise VmUnavailable("qemu is missing: apt-get install qemu-system-x86")
    if not BUSYBOX.exists() or b"statically linked" not in _described(BUSYBOX):
        raise VmUnavailable("a static busybox is missing: apt-get install busybox-static")
    if not Path(_PYTHON).exists():
        raise VmUnavailable(f"{_PYTHON} is missing")
    if init == "systemd" and not Path("/lib/systemd/systemd").exists():
        raise VmUnavailable("systemd is not installed")


def _described(path: Path) -> bytes:
    """Whether an ELF file is static: it asks for no interpreter."""
    return b"dynamic" if b"/ld-linux" in path.read_bytes() else b"statically linked"


def _masked_units() -> list[str]:
    """What this machine has enabled is its own business; tmpfiles would go through all of its /tmp."""
    enabled = {each.name for each in Path("/etc/systemd/system").glob("*.wants/*")}
    return sorted(enabled | {"systemd-tmpfiles-setup.service", "systemd-tmpfiles-clean.timer"})


def _start(
    folder: Path, kernel: DebianKernel, init: str, memory_mib: int, processors: int, disk: Path | None
) -> subprocess.Popen[bytes]:
    added: dict[str, bytes] = {}
    if init == "systemd":
        added["etc/systemd/system/nimbus-guest.service"] = _UNIT.encode()
        added["etc/systemd/system/nimbus-guest.target"] = _TARGET.encode()
        command = "/lib/systemd/systemd"
    else:
        # Process 1 waits for orphans; the runner is its child.
        command = f'/bin/sh -c "{_PYTHON} -I {_RUNNER} {_PORT} & while :; do wait; sleep 1; done"'
    write_initramfs(folder / "initramfs", kernel, command, added)
    # With a disk the boot is a whole one: what is enabled in multi-user.target is started.
    target = "nimbus-guest.target" if disk is None else "multi-user.target systemd.wants=nimbus-guest.service"
    options = f"console=ttyS0 panic=-1 quiet net.ifnames=0 fstab=no systemd.unit={target}"
    options += " systemd.show_status=false " + " ".join(f"systemd.mask={unit}" for unit in _masked_units())
    return subprocess.Popen(
        [
            *(_QEMU, "-accel", "tcg,thread=multi", "-cpu", "max", "-nodefaults", "-no-reboot"),
            *("-display", "none", "-nic", "none", "-m", str(memory_mib), "-smp", str(processors)),
            *("-kernel", str(kernel.image), "-initrd", str(folder / "initramfs"), "-append", options),
            *("-serial", f"file:{folder / 'console'}"),
            *("-chardev", f"socket,id=commands,path={folder / 'commands'},server=on,wait=on"),
            *("-device", "virtio-serial-pci", "-device", f"virtserialport,chardev=commands,name={_PORT}"),
            *("-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"),
            *("-device", "virtio-9p-pci,fsdev=root,mount_tag=root"),
            *(() if disk is None else ("-drive", f"file={disk},format=raw,if=virtio")),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "qemu").open("wb"),
    )


def _connect(folder: Path, process: subprocess.Popen[bytes], seconds: float = 20) -> socket.socket:
    """Connect to the command port; qemu starts the machine when someone has."""
    deadline = time.monotonic() + seconds
    port = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    while True:
        try:
            port.connect(str(folder / "commands"))
            return port
        except (FileNotFoundError, ConnectionRefusedError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                port.close()
                said = (folder / "qemu").read_text("utf-8", "replace")
                raise VirtualMachineFailed(f"qemu did not start: {said[-1000:]}") from error
            time.sleep(0.02)
