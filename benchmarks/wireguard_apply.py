"""WireGuard: reading, planning and applying 1,000 peers against `wg syncconf` on the same interface.

    python -m benchmarks wireguard_apply [--quick]              (as root)
    python -m benchmarks.wireguard_apply [--quick] --vm         (as root, also in a booted kernel)

Each figure is the median of rounds that alternate between ours and theirs, in a network namespace of this
machine with the userspace device; `--vm` measures the kernel's WireGuard in a booted Debian kernel as well.
Ours is read + plan + apply in a process that runs already, as in the agent; theirs is what an operator or a
script would run: `wg syncconf INTERFACE FILE` (and `ip -batch` for routes).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import msgspec

from benchmarks.result import Result, table
from nimbus.wireguard.kernel_device import kernel_has_wireguard
from nimbus.wireguard.keys import key_text
from nimbus.wireguard.model import Interface, Peer
from nimbus.wireguard.plan import plan, plan_peers
from nimbus.wireguard.userspace_process import find_program
from tests.system.wireguard_hosts import WireGuardHost

PEERS = 1000
CHANGED = 10
ROOT = Path(__file__).parents[1]


def why_not() -> str:
    if os.geteuid() != 0:
        return "needs root (a network namespace and a device)"
    missing = [program for program in ("wg", "ip") if shutil.which(program) is None]
    if missing:
        return f"{missing[0]} is not installed (apt-get install wireguard-tools iproute2)"
    if find_program() is None and not kernel_has_wireguard():
        return "neither the kernel nor a program has WireGuard (apt-get install wireguard-go)"
    return ""


def run(quick: bool = False) -> list[Result]:
    """All figures for this machine's own device (userspace where the kernel has no WireGuard)."""
    return [*_devices("auto", rounds=3 if quick else 9), _memory()]


def run_in_virtual_machine(quick: bool = False) -> list[Result]:
    """The figures for the kernel's WireGuard, in an emulated machine (ratios count, not milliseconds)."""
    from tests.vm.virtual_machine import VirtualMachine

    with VirtualMachine.boot() as machine:
        machine.run(["modprobe", "--all", "wireguard", "veth"])
        arguments = ["-m", "benchmarks.wireguard_apply", "--json", *(["--quick"] if quick else [])]
        done = machine.python(arguments, cwd=str(ROOT), seconds=1500)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return msgspec.json.decode(done.stdout, type=list[Result])


def _devices(mode: str, rounds: int) -> list[Result]:
    host = WireGuardHost("m", mode)
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench = _Bench(host, rounds, Path(folder))
            return [bench.from_empty(), bench.changed(), bench.delta(), bench.nothing_to_do(), bench.routes()]
    finally:
        host.close()


class _Bench:
    def __init__(self, host: WireGuardHost, rounds: int, folder: Path) -> None:
        self.host = host
        self.folder = folder
        self.rounds = rounds
        peers = [_peer(number) for number in range(PEERS)]
        self.empty = Interface(name=host.interface, private_key=key_text(bytes([8]) * 32), listen_port=51820)
        self.full = _with(self.empty, peers)
        replaced = [_peer(number + PEERS) for number in range(CHANGED // 2)]
        kept = peers[CHANGED // 2 :]
        other = [msgspec.structs.replace(each, persistent_keepalive=25) for each in kept[: CHANGED // 2]]
        self.later = _with(self.empty, [*replaced, *other, *kept[CHANGED // 2 :]])
        self.gone = [each.public_key for each in peers[: CHANGED // 2]]
        self.news = [*replaced, *other]
        host.converge(self.empty)

    def from_empty(self) -> Result:
        """No peers -> 1,000 peers."""
        return self._against_wg("from empty", self.empty, self.full)

    def changed(self) -> Result:
        """5 peers replaced and 5 changed among 1,000, with a full read and plan."""
        return self._against_wg(f"{CHANGED} changed", self.full, self.later)

    def delta(self) -> Result:
        """The same change, sent as a delta without reading the device."""
        self.host.converge(self.full)
        delta = plan_peers(self.news, self.gone, self.full.peers)

        def ours() -> None:
            self.host.device.apply(delta, self.later)

        return self._result(f"delta of {CHANGED}", ours, self._wg(self.later), self.full)

    def nothing_to_do(self) -> Result:
        """The periodic check."""
        return self._against_wg("nothing changed", self.full, self.full)

    def routes(self) -> Result:
        """1,000 routes through the interface, none before."""
        networks = tuple(f"10.{128 + (number >> 8)}.{number & 255}.0/24" for number in range(PEERS))
        want = msgspec.structs.replace(self.empty, routes=networks)
        path = self.folder / "routes.batch"
        path.write_text("".join(f"route replace {each} dev {self.host.interface}\n" for each in networks))
        theirs = _program(["ip", "-batch", str(path)])
        return self._result("1000 routes", self._ours(want), theirs, self.empty, "ip -batch")

    def _against_wg(self, name: str, before: Interface, after: Interface) -> Result:
        return self._result(name, self._ours(after), self._wg(after), before)

    def _ours(self, want: Interface) -> Callable[[], None]:
        device = self.host.device

        def converge() -> None:
            todo = plan(device.read(), want)
            if todo:
                device.apply(todo, want)

        return converge

    def _wg(self, want: Interface) -> Callable[[], None]:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.conf"
        path.write_text(_configuration(want))
        return _program(["wg", "syncconf", self.host.interface, str(path)])

    def _result(
        self,
        name: str,
        ours: Callable[[], None],
        theirs: Callable[[], None],
        before: Interface,
        peer: str = "wg syncconf",
    ) -> Result:
        seconds: tuple[list[float], list[float]] = ([], [])
        for _ in range(self.rounds):
            for work, taken in zip((ours, theirs), seconds, strict=True):
                self.host.converge(before)
                taken.append(self.host.call(_timed, work))
        mine, other = (statistics.median(each) for each in seconds)
        return Result(
            name=f"wireguard {self.host.device.kind}: {name}",
            value=round(mine * 1000, 2),
            unit="ms",
            goal=f"<= {peer}",
            ratio=round(mine / other, 3),
            met=mine <= other,
            how=f"{PEERS} peers, median of {self.rounds}; {peer} {other * 1000:.2f} ms in the same run",
        )


def _with(interface: Interface, peers: list[Peer]) -> Interface:
    return msgspec.structs.replace(interface, peers={each.public_key: each for each in peers})


def _peer(number: int) -> Peer:
    return Peer(
        public_key=key_text((number + 2).to_bytes(32, "big")),
        allowed_ips=(f"10.64.{number >> 8}.{number & 255}/32",),
        endpoint=f"198.51.100.7:{10000 + number}",
    )


def _configuration(want: Interface) -> str:
    lines = ["[Interface]", f"PrivateKey = {want.private_key}", f"ListenPort = {want.listen_port}"]
    for peer in want.peers.values():
        lines += ["[Peer]", f"PublicKey = {peer.public_key}", f"AllowedIPs = {', '.join(peer.allowed_ips)}"]
        lines += [f"Endpoint = {peer.endpoint}", f"PersistentKeepalive = {peer.persistent_keepalive}"]
    return "\n".join(lines) + "\n"


def _program(arguments: list[str]) -> Callable[[], None]:
    def run_it() -> None:
        subprocess.run(arguments, check=True, timeout=60)

    return run_it


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


_MEMORY = """
import sys
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
import trio, msgspec, httptools, psutil
before = resident()
if sys.argv[1] == "ours":
    from nimbus.wireguard.kernel_device import kernel_has_wireguard
    from nimbus.wireguard.userspace_device import Links
    with Links() as links:
        links.find("lo"), links.addresses(1), links.routes()
    kernel_has_wireguard()
else:
    import pyroute2
print(resident() - before)
"""


def _memory() -> Result:
    """What the package adds to an agent that has trio, msgspec, httptools and psutil loaded already, when its
    device is in use."""

    def added(which: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", _MEMORY, which],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return int(done.stdout)

    ours, whole = added("ours"), added("all")
    return Result(
        name="wireguard: resident memory of the package",
        value=round(ours / 1024, 2),
        unit="MiB",
        goal="<= 0.5 of import pyroute2",
        ratio=round(ours / whole, 3),
        met=ours <= whole / 2,
        how="added to trio, msgspec, httptools and psutil, netlink in use; "
        f"import pyroute2 alone adds {whole / 1024:.2f} MiB",
    )


def main() -> None:
    """Print a table, or JSON for another process."""
    quick = "--quick" in sys.argv
    results = run(quick)
    if "--vm" in sys.argv:
        results += run_in_virtual_machine(quick)
    if "--json" in sys.argv:
        print(msgspec.json.encode([asdict(each) for each in results]).decode())
        return
    print(table(results))


if __name__ == "__main__":
    main()
