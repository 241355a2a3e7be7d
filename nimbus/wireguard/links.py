"""Links, addresses and routes through rtnetlink (rtnetlink(7)), in the calling thread's network namespace."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from typing import Any

import msgspec

from nimbus.wireguard.addresses import pack_address
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.netlink import Change, Session, core, ifaddrmsg, ifinfmsg, rtmsg, rtnl
from nimbus.wireguard.path_mtu import Way

# linux/rtnetlink.h
_SKIP_STATISTICS = 8
_MAIN_TABLE = 254

_CREATE = core.NLM_F_CREATE | core.NLM_F_EXCL
_PUT = core.NLM_F_CREATE | core.NLM_F_REPLACE
_ABSENT = frozenset({errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENOENT})
_PRESENT = frozenset({errno.EEXIST})
_NO_SUCH_FAMILY_OR_TABLE = frozenset({errno.EAFNOSUPPORT, errno.EOPNOTSUPP, errno.ENOENT})
_NO_WAY = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ESRCH, errno.EAFNOSUPPORT, errno.EACCES, errno.EINVAL}
)
_STATIC = frozenset(rtnl.rt_proto[maker] for maker in ("unspec", "boot", "static"))


class Link(msgspec.Struct, frozen=True):
    """A network interface; `kind` is the kernel's name of its driver ("wireguard", "tun", "veth", ""), `alias` the
    text that somebody gave it, "" when nobody did."""

    index: int
    name: str
    up: bool
    mtu: int
    kind: str
    alias: str = ""


class Route(msgspec.Struct, frozen=True):
    """A unicast route of the main table. `protocol` says who made it (rtnetlink(7), rtm_protocol); `mtu` 0: the
    link's."""

    cidr: str
    links: tuple[int, ...]
    protocol: int
    mtu: int = 0

    @property
    def is_static(self) -> bool:
        """Made by an administrator or by us: not by the kernel and not by a routing daemon."""
        return self.protocol in _STATIC


class Links:
    """An open rtnetlink socket. Use it as a context manager."""

    def __init__(self) -> None:
        answers = {
            rtnl.RTM_NEWLINK: ifinfmsg.ifinfmsg,
            rtnl.RTM_NEWADDR: ifaddrmsg.ifaddrmsg,
            rtnl.RTM_NEWROUTE: rtmsg.rtmsg,
        }
        self._session = Session(core.NETLINK_ROUTE, answers)

    def __enter__(self) -> Links:
        return self

    def __exit__(self, *exception: object) -> None:
        self._session.__exit__(*exception)

    def find(self, name: str) -> Link | None:
        """The link of that name, or None."""
        request = _link(IFLA_IFNAME=name, IFLA_EXT_MASK=_SKIP_STATISTICS)
        try:
            (answer,) = self._session.ask(request, rtnl.RTM_GETLINK, f"look up the interface {name}")
        except DeviceError as error:
            if error.errno == errno.ENODEV:
                return None
            raise
        return _link_of(answer)

    def names(self) -> dict[int, str]:
        """The names of all links by their index."""
        request = _link(IFLA_EXT_MASK=_SKIP_STATISTICS)
        answers = self._session.ask(request, rtnl.RTM_GETLINK, "list links", core.NLM_F_DUMP)
        return {answer["index"]: answer.get_attr("IFLA_IFNAME") for answer in answers}

    def create(self, name: str, kind: str, mtu: int) -> None:
        """Make a link, down. Raises DeviceError: EEXIST when the name is taken, EOPNOTSUPP for a kind that this
        kernel does not have."""
        info = {"attrs": [("IFLA_INFO_KIND", kind)]}
        link = _link(IFLA_IFNAME=name, IFLA_MTU=mtu, IFLA_LINKINFO=info)
        self._change(rtnl.RTM_NEWLINK, link, f"create the {kind} interface {name}", _CREATE)

    def delete(self, index: int) -> None:
        """Remove a link; nothing happens when it is gone already."""
        change = Change(_link(index), rtnl.RTM_DELLINK, 0, "delete the interface")
        self._session.change([change], forgiven=_ABSENT)

    def set_mtu(self, index: int, mtu: int) -> None:
        """Set the MTU in bytes."""
        self._change(rtnl.RTM_NEWLINK, _link(index, IFLA_MTU=mtu), f"set the MTU to {mtu}")

    def set_alias(self, index: int, alias: str) -> None:
        """Give a link a text of up to 255 bytes, which `ip link show` prints."""
        self._change(rtnl.RTM_NEWLINK, _link(index, IFLA_IFALIAS=alias), "mark the interface")

    def set_up(self, index: int) -> None:
        """Bring a link up."""
        link = _link(index)
        link.update(flags=ifinfmsg.IFF_UP, change=ifinfmsg.IFF_UP)
        self._change(rtnl.RTM_NEWLINK, link, "bring the interface up")

    def addresses(self, index: int) -> tuple[str, ...]:
        """The addresses of a link with their prefix lengths, sorted."""
        request = _message(ifaddrmsg.ifaddrmsg, {"family": socket.AF_UNSPEC, "index": index})
        answers = self._session.ask(request, rtnl.RTM_GETADDR, "list addresses", core.NLM_F_DUMP)
        addresses = []
        for answer in answers:
            # Where there is a peer, IFA_ADDRESS is the peer's.
            address = answer.get_attr("IFA_LOCAL") or answer.get_attr("IFA_ADDRESS")
            if answer["index"] == index and address:
                addresses.append(f"{address}/{answer['prefixlen']}")
        return tuple(sorted(addresses))

    def remove_addresses(self, index: int, cidrs: Iterable[str]) -> None:
        """Remove addresses; those that are gone already are passed over."""
        changes = [
            Change(_address(index, cidr), rtnl.RTM_DELADDR, 0, f"remove the address {cidr}") for cidr in cidrs
        ]
        self._session.change(changes, forgiven=_ABSENT)

    def add_addresses(self, index: int, cidrs: Iterable[str]) -> None:
        """Add addresses; those that are there already stay."""
        changes = [
            Change(_address(index, cidr), rtnl.RTM_NEWADDR, _PUT, f"add the address {cidr}") for cidr in cidrs
        ]
        self._session.change(changes, forgiven=_PRESENT)

    def routes(self, index: int = 0) -> list[Route]:
        """The unicast routes of the main table; with `index`, those through that link."""
        routes = []
        for family in (socket.AF_INET, socket.AF_INET6):
            request = _route(family, RTA_TABLE=_MAIN_TABLE, **({"RTA_OIF": index} if index else {}))
            try:
                answers = self._session.ask(request, rtnl.RTM_GETROUTE, "list routes", core.NLM_F_DUMP)
            except DeviceError as error:
                if error.errno in _NO_SUCH_FAMILY_OR_TABLE:
                    continue
                raise
            routes += [route for answer in answers if (route := _route_of(answer)) is not None]
        return [route for route in routes if not index or index in route.links]

    def way_to(self, address: str) -> Way | None:
        """How large packets to an IP address may be; None when no route leads there. Raises DeviceError."""
        family, packed = pack_address(address)
        request = _message(rtmsg.rtmsg, {"family": family, "dst_len": 8 * len(packed)}, RTA_DST=address)
        try:
            (route,) = self._session.ask(request, rtnl.RTM_GETROUTE, f"look up the route to {address}")
        except DeviceError as error:
            if error.errno in _NO_WAY:
                return None
            raise
        index = route.get_attr("RTA_OIF")
        if index is None:
            return None
        (link,) = self._session.ask(
            _link(index, IFLA_EXT_MASK=_SKIP_STATISTICS), rtnl.RTM_GETLINK, f"look up the link {index}"
        )
        mtu = link.get_attr("IFLA_MTU")
        metrics = route.get_attr("RTA_METRICS")
        known = metrics.get_attr("RTAX_MTU") if metrics is not None else None
        return Way(mtu, min(mtu, known or mtu), route.get_attr("RTA_PREFSRC") or "")

    def remove_routes(self, index: int, cidrs: Iterable[str]) -> None:
        """Remove routes through a link; those that are gone already are passed over."""
        # Neither protocol nor scope is said, so that a route which someone else added matches as well.
        changes = [
            Change(_through(index, cidr, "nowhere"), rtnl.RTM_DELROUTE, 0, f"remove the route {cidr}")
            for cidr in cidrs
        ]
        self._session.change(changes, forgiven=_ABSENT)

    def add_routes(self, index: int, cidrs: Iterable[str]) -> None:
        """Route networks through a link; what is there already stays or is replaced."""
        changes = []
        for cidr in cidrs:
            route = _through(index, cidr, "universe" if ":" in cidr else "link", "static")
            changes.append(Change(route, rtnl.RTM_NEWROUTE, _PUT, f"add the route {cidr}"))
        self._session.change(changes, forgiven=_PRESENT)

    def set_narrow_routes(self, index: int, routes: Iterable[tuple[str, int]]) -> None:
        """Route networks through a link with an MTU in bytes, whether they are routed there already or not."""
        changes = []
        for cidr, mtu in routes:
            metrics = {"attrs": [("RTAX_MTU", mtu)]}
            route = _through(
                index, cidr, "universe" if ":" in cidr else "link", "static", RTA_METRICS=metrics
            )
            changes.append(
                Change(route, rtnl.RTM_NEWROUTE, _PUT, f"set the MTU of the route {cidr} to {mtu}")
            )
        self._session.change(changes)

    def _change(self, kind: int, message: Any, purpose: str, flags: int = 0) -> None:
        self._session.change([Change(message, kind, flags, purpose)])


def _message(kind: Any, fields: dict[str, int], **attributes: Any) -> Any:
    message = kind()
    message.update(fields)
    message["attrs"] = list(attributes.items())
    return message


def _link(index: int = 0, **attributes: Any) -> Any:
    return _message(ifinfmsg.ifinfmsg, {"family": socket.AF_UNSPEC, "index": index}, **attributes)


def _parts(cidr: str) -> tuple[int, str, int]:
    address, _, length = cidr.partition("/")
    return socket.AF_INET6 if ":" in address else socket.AF_INET, address, int(length)


def _address(index: int, cidr: str) -> Any:
    family, address, length = _parts(cidr)
    # An overlay address is ours by allocation: no duplicate address detection, usable at once.
    flags = ifaddrmsg.IFA_F_NODAD if family == socket.AF_INET6 else 0
    fields = {"family": family, "prefixlen": length, "flags": flags, "index": index}
    return _message(ifaddrmsg.ifaddrmsg, fields, IFA_LOCAL=address, IFA_ADDRESS=address)


def _route(family: int, **attributes: Any) -> Any:
    fields = {"family": family, "table": _MAIN_TABLE, "type": rtnl.rt_type["unicast"]}
    return _message(rtmsg.rtmsg, fields, **attributes)


def _through(index: int, cidr: str, scope: str, protocol: str = "unspec", **attributes: Any) -> Any:
    family, address, length = _parts(cidr)
    message = _route(family, RTA_DST=address, RTA_OIF=index, **attributes)
    message.update(dst_len=length, scope=rtnl.rt_scope[scope], proto=rtnl.rt_proto[protocol])
    return message


def _link_of(answer: Any) -> Link:
    info = answer.get_attr("IFLA_LINKINFO")
    return Link(
        index=answer["index"],
        name=answer.get_attr("IFLA_IFNAME"),
        up=bool(answer["flags"] & ifinfmsg.IFF_UP),
        mtu=answer.get_attr("IFLA_MTU"),
        kind=info.get_attr("IFLA_INFO_KIND", "") if info is not None else "",
        alias=answer.get_attr("IFLA_IFALIAS") or "",
    )


def _route_of(answer: Any) -> Route | None:
    table = answer.get_attr("RTA_TABLE") or answer["table"]
    if table != _MAIN_TABLE or answer["type"] != rtnl.rt_type["unicast"]:
        return None
    anywhere = "::" if answer["family"] == socket.AF_INET6 else "0.0.0.0"  # noqa: S104
    first = answer.get_attr("RTA_OIF")
    hops = [hop["oif"] for hop in answer.get_attr("RTA_MULTIPATH") or ()]
    cidr = f"{answer.get_attr('RTA_DST') or anywhere}/{answer['dst_len']}"
    metrics = answer.get_attr("RTA_METRICS")
    mtu = (metrics.get_attr("RTAX_MTU") or 0) if metrics is not None else 0
    return Route(cidr, tuple(hops) if first is None else (first,), answer["proto"], mtu)
