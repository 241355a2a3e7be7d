"""One interface in code, two devices: the kernel's WireGuard where there is one, else a userspace program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Protocol

from nimbus.wireguard import userspace_process
from nimbus.wireguard.errors import MeshUnavailable
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.ownership import Owner
from nimbus.wireguard.plan import Plan

Mode = Literal["auto", "kernel", "userspace"]

_TUN = "/dev/net/tun"
_CAP_NET_ADMIN = 12


class Device(Protocol):
    """A WireGuard interface of this machine, by name, in the calling thread's network namespace.

    All methods block and raise DeviceError (or its kinds ForeignDevice and MeshUnavailable). What belongs to
    somebody else (`nimbus.wireguard.ownership`) is read, but never changed.
    """

    @property
    def kind(self) -> Literal["kernel", "userspace"]:
        """Who carries the traffic."""

    name: str

    def read(self) -> InterfaceState:
        """The interface as it is, peers and link. A missing one is a state, not an error."""

    def read_peers(self) -> dict[str, PeerState]:
        """Handshakes and counters of the peers by public key, without looking at the link."""

    def apply(self, plan: Plan, want: Interface) -> None:
        """Do what `plan` says. Makes the interface if it is missing (then all of `want` is set, whatever the
        plan says). Peers change in one transaction, by deltas. May be repeated after a crash at any point."""

    def delete(self) -> None:
        """Remove the interface, and end the program that belongs to it. Idempotent."""


def open_device(
    mode: Mode,
    name: str,
    owner: Owner | None = None,
    *,
    program: str | None = None,
    run_dir: Path = userspace_process.RUN_DIR,
) -> Device:
    """The device for the interface `name` of this owner; nothing is made yet.

    `auto` stays with what the interface is if it exists, else takes the kernel's WireGuard, else a userspace
    program (`program`, or the first of wireguard-go, boringtun-cli and wireguard on PATH).

    Raises MeshUnavailable with the cause when this machine cannot have one.
    """
    # Only who has a device needs netlink, and the library for it is large.
    from nimbus.wireguard.kernel_device import KernelDevice, kernel_has_wireguard, no_module
    from nimbus.wireguard.userspace_device import UserspaceDevice, no_program

    if not _may_configure_networks():
        raise MeshUnavailable(
            "Configuring WireGuard needs root",
            cause="not_root",
            next_step="Run it as root, or with CAP_NET_ADMIN.",
        )
    if mode == "auto":
        mode = _existing(name) or ("kernel" if kernel_has_wireguard() else "auto")
    if mode == "kernel":
        if not kernel_has_wireguard():
            raise no_module()
        return KernelDevice(name, owner)
    if userspace_process.find_program(program) is None:
        if mode == "userspace" or program is not None:
            raise no_program(program)
        raise MeshUnavailable(
            "WireGuard is neither in this kernel nor installed as a program",
            cause="no_module_no_program",
            next_step="Install the program: `apt-get install wireguard-go`.",
        )
    _check_tun()
    return UserspaceDevice(name, owner, program=program, run_dir=run_dir)


def _existing(name: str) -> Literal["kernel", "userspace"] | None:
    from nimbus.wireguard.kernel_device import LINK_KIND
    from nimbus.wireguard.links import Links

    with Links() as links:
        link = links.find(name)
    if link is None:
        return None
    return {LINK_KIND: "kernel", "tun": "userspace"}.get(link.kind)  # type: ignore[return-value]


def _may_configure_networks() -> bool:
    for line in Path("/proc/thread-self/status").read_text().splitlines():
        field, _, value = line.partition(":")
        if field == "CapEff":
            return bool(int(value, 16) >> _CAP_NET_ADMIN & 1)
    return os.geteuid() == 0


def _check_tun() -> None:
    try:
        os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        raise MeshUnavailable(
            f"{_TUN} cannot be opened: {error.strerror}",
            cause="no_tun",
            next_step="Load it with `modprobe tun`; give a container `--device /dev/net/tun`.",
        ) from error
