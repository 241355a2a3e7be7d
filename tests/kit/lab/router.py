"""A router with a NAT of a kind, in front of hosts of a lab."""

from __future__ import annotations

from typing import Literal

from tests.kit.lab.host import LabHost
from tests.kit.lab.lab import Lab
from tests.kit.lab.network import UNDERLAY, Namespace
from tests.kit.lab.processes import run_now

# RFC 3489, section 5: what goes in from outside. Full cone: everything that comes to the mapped port, whoever sends
# it; address-restricted: from whose address something was sent to; port-restricted: from address and port;
# symmetric: also with another port for each other end.
NatKind = Literal["full-cone", "address-restricted", "port-restricted", "symmetric"]
_INNER = "inner"
_KEEPS = f"oifname {UNDERLAY} masquerade"
_RULES: dict[NatKind, str] = {
    "full-cone": _KEEPS,
    "address-restricted": _KEEPS,
    "port-restricted": _KEEPS,
    "symmetric": f"oifname {UNDERLAY} meta l4proto udp masquerade to :20000-60000 fully-random\n{_KEEPS}",
}


class Router(Namespace):
    """`inner` is the network behind it, without the host's part: 192.168.1."""

    def __init__(self, name: str, inner: str) -> None:
        super().__init__(name)
        self.inner = inner


def put_behind_router(
    lab: Lab,
    hosts: list[LabHost],
    kind: NatKind,
    number: int,
    *,
    behind: Router | None = None,
    inner: str = "",
) -> Router:
    """These hosts get addresses in 192.168.`number`.0/24, or in `inner`, from .10 on, and reach the rest of the lab
    through one router, or what is `behind` another router. Full cone and address-restricted are for one host. What
    nobody has asked for is dropped, as every real router does: else it would take the port of a mapping that is
    about to be made."""
    router = Router(f"{lab.prefix}-router{number}", inner or f"192.168.{number}")
    port = lab.switch.plug_in(router, 100 + number, f"192.0.2.{100 + number}/24")
    if behind is not None:
        _move(lab, router, port, behind, f"{behind.inner}.{100 + number}")
    router.ip("link", "add", _INNER, "type", "bridge")
    router.ip("address", "add", f"{router.inner}.1/24", "dev", _INNER)
    router.ip("link", "set", _INNER, "up")
    router.run_now("sysctl", "-qw", "net.ipv4.ip_forward=1")
    for place, host in enumerate(hosts, start=10):
        host.address = f"{router.inner}.{place}"
        _move(lab, host.namespace, host.port, router, host.address)
    router.run_now("nft", nat_table(kind, hosts[0].address if hosts else ""))
    return router


def nat_table(kind: NatKind, first: str) -> str:
    """For nft; `first` is the address of the host behind it, where the kind lets in what is not an answer."""
    asked = "ip saddr @spoken " if kind == "address-restricted" else ""
    inwards = f"iifname {UNDERLAY} {asked}udp dport 1-65535 dnat to {first}"
    return (
        "table ip nat {\n"
        "set spoken { type ipv4_addr\nflags dynamic,timeout\ntimeout 2m\n}\n"
        f"chain note {{ type filter hook forward priority 0\noifname {UNDERLAY} update @spoken {{ ip daddr }}\n}}\n"
        f"chain out {{ type nat hook postrouting priority 100\n{_RULES[kind]}\n}}\n"
        "chain in { type nat hook prerouting priority -100\n"
        f"{inwards if kind in ('full-cone', 'address-restricted') else ''}\n}}\n"
        f"chain own {{ type filter hook input priority 0\niifname {UNDERLAY} ct state new drop\n}}\n}}"
    )


def _move(lab: Lab, host: Namespace, port: str, router: Router, address: str) -> None:
    """From the switch into the network behind a router."""
    run_now("ip", "-n", lab.switch.name, "link", "set", port, "netns", router.name)
    router.ip("link", "set", port, "master", _INNER, "up")
    host.ip("address", "flush", "dev", UNDERLAY)
    host.ip("address", "add", f"{address}/24", "dev", UNDERLAY)
    host.ip("route", "replace", "default", "via", f"{router.inner}.1")
