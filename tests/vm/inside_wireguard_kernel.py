"""The device cases on the kernel's WireGuard: runs inside the virtual machine (test_wireguard_kernel.py)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from nimbus.wireguard.device import open_device
from nimbus.wireguard.errors import ForeignDevice
from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.model import Interface
from nimbus.wireguard.plan import plan_peers
from tests.system.relay_case import two_nodes_reach_each_other
from tests.system.ways_case import the_border_holds, ways_through_nats
from tests.system.wireguard_device_cases import DeviceCases
from tests.system.wireguard_hosts import Host, WireGuardHost


class TestKernelDevice(DeviceCases):
    mode = "kernel"


@pytest.fixture
def host() -> Iterator[WireGuardHost]:
    made = WireGuardHost("c", "auto")
    try:
        yield made
    finally:
        made.close()


def test_auto_takes_the_kernel(host: WireGuardHost) -> None:
    assert host.device.kind == "kernel"


def test_auto_stays_with_a_userspace_program_that_is_there(host: Host) -> None:
    name = f"u{host.interface[1:]}"
    host.run("wireguard-go", name)
    device = host.call(lambda: open_device("auto", name))
    assert device.kind == "userspace"
    kernel = host.call(lambda: open_device("kernel", name))
    with pytest.raises(ForeignDevice, match="tun"):
        host.call(kernel.read)
    host.call(device.delete)


def test_the_userspace_device_leaves_a_kernel_interface_alone(host: WireGuardHost) -> None:
    want = Interface(name=host.interface, private_key=generate_private_key())
    host.converge(want)
    other = host.call(lambda: open_device("userspace", host.interface))
    with pytest.raises(ForeignDevice, match="wireguard"):
        host.call(other.apply, plan_peers([]), want)
    assert host.read().exists


def test_the_public_key_is_reported(host: WireGuardHost) -> None:
    want = Interface(name=host.interface, private_key=generate_private_key())
    host.converge(want)
    assert host.read().public_key == public_key(want.private_key)
    assert not host.converge(msgspec.structs.replace(want, listen_port=0), want)


def test_two_nodes_without_a_direct_way_reach_each_other_by_a_relay() -> None:
    two_nodes_reach_each_other("kernel")


def test_ways_through_two_nats() -> None:
    ways_through_nats("kernel")


def test_the_border_holds_against_a_member_of_the_hub() -> None:
    the_border_holds("kernel")
