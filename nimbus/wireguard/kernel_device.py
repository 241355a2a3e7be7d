"""An interface of the kernel's own WireGuard, through generic netlink."""

from __future__ import annotations

import errno
from typing import Literal

from nimbus.wireguard import kernel_messages
from nimbus.wireguard.addresses import interface_name
from nimbus.wireguard.errors import DeviceError, ForeignDevice, MeshUnavailable
from nimbus.wireguard.link_setup import apply_link, port_in_use, read_link
from nimbus.wireguard.links import Link, Links
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.netlink import Change, Session, core, wireguard
from nimbus.wireguard.ownership import Owner, check_ours, make_ours
from nimbus.wireguard.plan import Plan, plan

LINK_KIND = "wireguard"


class KernelDevice:
    """See `nimbus.wireguard.device.Device`."""

    kind: Literal["kernel"] = "kernel"

    def __init__(self, name: str, owner: Owner | None = None) -> None:
        self.name = interface_name(name)
        self._owner = owner or Owner()

    def read(self) -> InterfaceState:
        """The interface as it is."""
        with Links() as links:
            link = self._find(links)
            if link is None:
                return InterfaceState(name=self.name)
            state = self._read_wireguard()
            return state if not state.exists else read_link(links, link, state)

    def read_peers(self) -> dict[str, PeerState]:
        """The peers alone; empty when the interface is gone."""
        return self._read_wireguard().peers

    def apply(self, plan: Plan, want: Interface) -> None:
        """Do what `plan` says, making the interface if it is missing. All of it may be repeated."""
        with Links() as links:
            link = self._find(links)
            if link is None:
                plan = _from_nothing(want)
                link = self._create(links, want)
            make_ours(links, link, self._owner, self._read_wireguard, want.private_key)
            if plan.configures_wireguard:
                self._set(plan, want)
            apply_link(links, link.index, plan, want.listen_port)

    def delete(self) -> None:
        """Remove the interface; nothing happens when it is gone."""
        with Links() as links:
            link = self._find(links)
            if link is not None:
                check_ours(link, self._owner, self._read_wireguard)
                links.delete(link.index)

    def _find(self, links: Links) -> Link | None:
        link = links.find(self.name)
        if link is not None and link.kind != LINK_KIND:
            raise ForeignDevice(
                f"{self.name} exists already and is a {link.kind or 'hardware'} interface",
                next_step="Choose another interface name, or remove that interface.",
            )
        return link

    def _create(self, links: Links, want: Interface) -> Link:
        try:
            links.create(self.name, LINK_KIND, want.mtu)
        except DeviceError as error:
            if error.errno == errno.EOPNOTSUPP:
                raise no_module() from error
            if error.errno != errno.EEXIST:  # another apply was faster
                raise
        link = self._find(links)
        if link is None:
            raise DeviceError(f"The interface {self.name} vanished as soon as it was made")
        return link

    def _read_wireguard(self) -> InterfaceState:
        with _generic_netlink() as generic:
            family = _family(generic)
            generic.understand({family: kernel_messages.DeviceState})
            request = kernel_messages.request_state(self.name)
            try:
                answers = generic.ask(request, family, f"read {self.name}", core.NLM_F_DUMP)
            except DeviceError as error:
                if error.errno == errno.ENODEV:
                    return InterfaceState(name=self.name)
                raise
        return kernel_messages.state_of(self.name, answers)

    def _set(self, plan: Plan, want: Interface) -> None:
        with _generic_netlink() as generic:
            family = _family(generic)
            try:
                # One by one: all peers of a large mesh at once do not fit the socket's buffer.
                for message in kernel_messages.settings(self.name, plan, want):
                    generic.change([Change(message, family, 0, f"configure {self.name}")])
            except DeviceError as error:
                if error.errno == errno.EADDRINUSE:
                    raise port_in_use(want.listen_port) from error
                raise


def kernel_has_wireguard() -> bool:
    """Whether this kernel has WireGuard; asking loads the module where there is one."""
    with _generic_netlink() as generic:
        try:
            _family(generic)
        except MeshUnavailable:
            return False
    return True


def no_module() -> MeshUnavailable:
    """This kernel has no WireGuard."""
    return MeshUnavailable(
        "This kernel has no WireGuard module",
        cause="no_module",
        next_step="Run Debian's kernel (`apt-get install linux-image-amd64`) and `modprobe wireguard`.",
    )


def _from_nothing(want: Interface) -> Plan:
    return plan(InterfaceState(name=want.name), want)


def _generic_netlink() -> Session:
    return Session(core.NETLINK_GENERIC, {core.GENL_ID_CTRL: core.ctrlmsg})


def _family(generic: Session) -> int:
    """The number that the kernel gave the WireGuard family (it differs from boot to boot)."""
    message = core.ctrlmsg()
    message.update(cmd=core.CTRL_CMD_GETFAMILY, version=1)
    message["attrs"] = [("CTRL_ATTR_FAMILY_NAME", wireguard.WG_GENL_NAME)]
    try:
        (answer,) = generic.ask(message, core.GENL_ID_CTRL, "find WireGuard in the kernel")
    except DeviceError as error:
        if error.errno == errno.ENOENT:
            raise no_module() from error
        raise
    number: int = answer.get_attr("CTRL_ATTR_FAMILY_ID")
    return number
