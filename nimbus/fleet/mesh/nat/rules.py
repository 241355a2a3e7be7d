"""The rule: from where a member is heard to what is in front of it. Pure.

RFC 4787, section 4.1, calls a NAT that keeps the port for all destinations one with endpoint-independent mapping;
the others (address-dependent, address- and port-dependent) are often called symmetric (RFC 3489, section 5).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Literal, NamedTuple

from nimbus.wireguard.addresses import split_endpoint
from nimbus.wireguard.errors import InvalidWireGuard

Kind = Literal["udp_blocked", "none", "firewall", "same_port", "port_per_destination", "nat", "unknown"]
_INNER = tuple(
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


class View(NamedTuple):
    """Where `by` hears the member."""

    by: str
    endpoint: str


class Observed(NamedTuple):
    """`own`: addresses that the member says it has, without ports; () when it has not said. `on_the_way`: the one
    of them by which it reaches the control plane, "" when that is not known. `is_over_tls`: it reaches the control
    plane by TLS alone. `hub`: where the control plane's WireGuard hears it, `second` its other port; ""
    when it was not heard there. `others`: where members hear it now. `asked_first`: members that have heard it only
    once it had been asked to send to them."""

    own: tuple[str, ...] = ()
    is_over_tls: bool = False
    hub: str = ""
    second: str = ""
    others: tuple[View, ...] = ()
    asked_first: tuple[str, ...] = ()
    on_the_way: str = ""


class Network(NamedTuple):
    """What is in front of a member. `is_doubled`: two NATs, one behind the other. `views` are what it was told by,
    `why` says more of it, of an unknown kind why it is that."""

    kind: Kind = "unknown"
    is_doubled: bool = False
    views: tuple[View, ...] = ()
    why: str = ""

    @property
    def is_translated(self) -> bool:
        return self.kind in ("same_port", "port_per_destination", "nat")


UNKNOWN = Network()
HUB, SECOND = "the control plane", "its second port"


def network_of(seen: Observed) -> Network:
    if seen.is_over_tls:
        return Network("udp_blocked")
    views = _views(seen)
    if not views:
        return Network(why="no other node has heard it yet")
    if not (seen.own or seen.on_the_way):
        return Network(views=views, why="it has not said which addresses it has")
    outer = tuple(view for view in views if not _is_own(view, seen))
    if outer:
        return _translated(outer)
    if _has_other_ports(views):
        return Network("port_per_destination", views=views, why="the machine itself changes its ports")
    if seen.asked_first:
        heard = ", ".join(seen.asked_first)
        return Network("firewall", views=views, why=f"heard by {heard} only once it had been asked to send")
    return Network("none", views=views)


def _views(seen: Observed) -> tuple[View, ...]:
    own = (View(HUB, seen.hub), View(SECOND, seen.second), *seen.others)
    return tuple(view for view in own if host_of(view.endpoint))


def _is_own(view: View, seen: Observed) -> bool:
    """Among what a node says may be a router's address, which passes a port on to it; here it is known better."""
    host = host_of(view.endpoint)
    if seen.on_the_way and view.by in (HUB, SECOND):
        return host == seen.on_the_way
    return host in seen.own or host == seen.on_the_way


def _translated(outer: tuple[View, ...]) -> Network:
    """`outer` are the views from beyond a NAT; who is between two NATs sees the inner one's address."""
    between = [view for view in outer if is_inner(host_of(view.endpoint))]
    beyond = [view for view in outer if not is_inner(host_of(view.endpoint))]
    is_doubled = bool(between and beyond)
    compared = tuple(beyond or between)
    if _differ(compared):
        kind: Kind = "port_per_destination"
    elif len(compared) > 1:
        kind = "same_port"
    else:
        kind = "nat"
    why = f"{between[0].by} hears it at {between[0].endpoint}, between the two" if is_doubled else ""
    if kind == "nat":
        missing = "it was heard in one place only, so that nothing is known of its ports"
        why = f"{why}; {missing}" if why else missing
    return Network(kind, is_doubled, tuple(outer), why)


def _differ(views: Sequence[View]) -> bool:
    """Whether they hear it at several places; in each family of addresses it has one."""
    endpoints = {view.endpoint for view in views}
    return len(endpoints) > len({":" in host_of(endpoint) for endpoint in endpoints})


def _has_other_ports(views: Sequence[View]) -> bool:
    """At one and the same address."""
    endpoints = {view.endpoint for view in views}
    return len(endpoints) > len({host_of(endpoint) for endpoint in endpoints})


def host_of(endpoint: str) -> str:
    """ "" of what is no endpoint."""
    try:
        return split_endpoint(endpoint)[0]
    except InvalidWireGuard:
        return ""


def is_inner(host: str) -> bool:
    """Not routed in the Internet: RFC 1918, RFC 6598 (between a provider's NAT and its customers), RFC 4193."""
    address = ipaddress.ip_address(host)
    return any(address in network for network in _INNER)
