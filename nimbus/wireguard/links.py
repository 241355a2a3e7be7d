"""Links, addresses and routes through rtnetlink (rtnetlink(7)), in the calling thread's network namespace."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterable

import msgspec

from nimbus.wireguard import netlink
from nimbus.wireguard.addresses import pack_cidr
from nimbus.wireguard.netlink import NetlinkError, NetlinkSocket, Request, attribute, attributes, nested

# linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
_RTM_NEWLINK, _RTM_DELLINK, _RTM_GETLINK = 16, 17, 18
_RTM_NEWADDR, _RTM_DELADDR, _RTM_GETADDR = 20, 21, 22
_RTM_NEWROUTE, _RTM_DELROUTE, _RTM_GETROUTE = 24, 25, 26
_IFLA_IFNAME, _IFLA_MTU, _IFLA_LINKINFO, _IFLA_EXT_MASK, _IFLA_INFO_KIND = 3, 4, 18, 29, 1
_RTEXT_FILTER_SKIP_STATS = 8
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFA_F_NODAD = 0x02
_RTA_DST, _RTA_OIF, _RTA_TABLE, _RTA_MULTIPATH = 1, 4, 15, 9
_RT_TABLE_MAIN = 254
_RTN_UNICAST = 1
_RTPROT_UNSPEC, _RTPROT_BOOT, _RTPROT_STATIC = 0, 3, 4
_RT_SCOPE_UNIVERSE, _RT_SCOPE_LINK, _RT_SCOPE_NOWHERE = 0, 253, 255
_IFF_UP = 1

_LINK = struct.Struct("=BxHiII")  # family, device type, index, flags, mask of flags to change
_ADDRESS = struct.Struct("=BBBBi")  # family, prefix length, flags, scope, index
_ROUTE = struct.Struct("=BBBBBBBBI")  # family, dst and src length, tos, table, protocol, scope, type, flags
_NEXT_HOP = struct.Struct("=HBBi")  # length, flags, hops, index
_U32 = struct.Struct("=I")

_ABSENT = frozenset({errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENOENT})


class Link(msgspec.Struct, frozen=True):
    """A network interface; `kind` is the kernel's name of its driver ("wireguard", "tun", "veth", "")."""

    index: int
    name: str
    up: bool
    mtu: int
    kind: str


class Route(msgspec.Struct, frozen=True):
    """A unicast route of the main table. `protocol` says who made it (rtnetlink(7), rtm_protocol)."""

    cidr: str
    links: tuple[int, ...]
    protocol: int

    @property
    def is_static(self) -> bool:
        """Made by an administrator or by us: not by the kernel and not by a routing daemon."""
        return self.protocol in (_RTPROT_UNSPEC, _RTPROT_BOOT, _RTPROT_STATIC)


class Links:
    """An open rtnetlink socket. Use it as a context manager."""

    def __init__(self) -> None:
        self._netlink = NetlinkSocket(netlink.NETLINK_ROUTE)

    def __enter__(self) -> Links:
        return self

    def __exit__(self, *exception: object) -> None:
        self._netlink.__exit__(None, None, None)

    def find(self, name: str) -> Link | None:
        """The link of that name, or None."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        body += attribute(_IFLA_IFNAME, name.encode() + b"\0")
        body += attribute(_IFLA_EXT_MASK, _U32.pack(_RTEXT_FILTER_SKIP_STATS))
        try:
            return _parse_link(self._netlink.get(_RTM_GETLINK, body, f"look up the interface {name}"))
        except NetlinkError as error:
            if error.errno == errno.ENODEV:
                return None
            raise

    def create(self, name: str, kind: str, mtu: int) -> None:
        """Make a link, down. Raises NetlinkError: EEXIST when the name is taken, EOPNOTSUPP for a kind
        that this kernel does not have."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        body += attribute(_IFLA_IFNAME, name.encode() + b"\0")
        body += attribute(_IFLA_MTU, _U32.pack(mtu))
        body += nested(_IFLA_LINKINFO, attribute(_IFLA_INFO_KIND, kind.encode()))
        flags = netlink.NLM_F_CREATE | netlink.NLM_F_EXCL
        self._netlink.batch([Request(_RTM_NEWLINK, flags, body, f"create the {kind} interface {name}")])

    def delete(self, index: int) -> None:
        """Remove a link; nothing happens when it is gone already."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, index, 0, 0)
        self._netlink.batch([Request(_RTM_DELLINK, 0, body, "delete the interface")], forgiven=_ABSENT)

    def set_mtu(self, index: int, mtu: int) -> None:
        """Set the MTU in bytes."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, index, 0, 0) + attribute(_IFLA_MTU, _U32.pack(mtu))
        self._netlink.batch([Request(_RTM_NEWLINK, 0, body, f"set the MTU to {mtu}")])

    def set_up(self, index: int) -> None:
        """Bring a link up."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, index, _IFF_UP, _IFF_UP)
        self._netlink.batch([Request(_RTM_NEWLINK, 0, body, "bring the interface up")])

    def addresses(self, index: int) -> tuple[str, ...]:
        """The addresses of a link with their prefix lengths, sorted."""
        found = []
        body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, index)
        for data in self._netlink.dump(_RTM_GETADDR, body, "list addresses"):
            family, length, _, _, owner = _ADDRESS.unpack_from(data)
            if owner != index or family not in (socket.AF_INET, socket.AF_INET6):
                continue
            values = dict(attributes(data, _ADDRESS.size))
            raw = values.get(_IFA_LOCAL) or values.get(_IFA_ADDRESS)
            if raw is not None:
                found.append(f"{socket.inet_ntop(family, raw)}/{length}")
        return tuple(sorted(found))

    def remove_addresses(self, index: int, cidrs: Iterable[str]) -> None:
        """Remove addresses; those that are gone already are passed over."""
        requests = [
            Request(_RTM_DELADDR, 0, _address_body(index, cidr), f"remove the address {cidr}")
            for cidr in cidrs
        ]
        self._netlink.batch(requests, forgiven=_ABSENT)

    def add_addresses(self, index: int, cidrs: Iterable[str]) -> None:
        """Add addresses; those that are there already stay."""
        flags = netlink.NLM_F_CREATE | netlink.NLM_F_REPLACE
        requests = [
            Request(_RTM_NEWADDR, flags, _address_body(index, cidr), f"add the address {cidr}")
            for cidr in cidrs
        ]
        self._netlink.batch(requests, forgiven=frozenset({errno.EEXIST}))

    def routes(self, index: int = 0) -> list[Route]:
        """The unicast routes of the main table; with `index`, those through that link."""
        found = []
        body = _route_header(socket.AF_UNSPEC, 0, _RTPROT_UNSPEC, _RT_SCOPE_UNIVERSE)
        body += attribute(_RTA_TABLE, _U32.pack(_RT_TABLE_MAIN))
        if index:
            body += attribute(_RTA_OIF, _U32.pack(index))
        for family in (socket.AF_INET, socket.AF_INET6):
            request = bytes([family]) + body[1:]
            try:
                answers = self._netlink.dump(_RTM_GETROUTE, request, "list routes")
            except NetlinkError as error:
                if error.errno in (errno.EAFNOSUPPORT, errno.EOPNOTSUPP, errno.ENOENT):
                    continue  # no IPv6 in this kernel, or no such table yet
                raise
            for data in answers:
                route = _parse_route(data)
                if route is not None and (not index or index in route.links):
                    found.append(route)
        return found

    def remove_routes(self, index: int, cidrs: Iterable[str]) -> None:
        """Remove routes through a link; those that are gone already are passed over."""
        requests = []
        for cidr in cidrs:
            # Neither protocol nor scope is said, so that a route which someone else added matches as well.
            body = _route_body(index, cidr, _RTPROT_UNSPEC, _RT_SCOPE_NOWHERE)
            requests.append(Request(_RTM_DELROUTE, 0, body, f"remove the route {cidr}"))
        self._netlink.batch(requests, forgiven=_ABSENT)

    def add_routes(self, index: int, cidrs: Iterable[str]) -> None:
        """Route networks through a link; what is there already stays or is replaced."""
        flags = netlink.NLM_F_CREATE | netlink.NLM_F_REPLACE
        requests = []
        for cidr in cidrs:
            scope = _RT_SCOPE_UNIVERSE if ":" in cidr else _RT_SCOPE_LINK
            body = _route_body(index, cidr, _RTPROT_STATIC, scope)
            requests.append(Request(_RTM_NEWROUTE, flags, body, f"add the route {cidr}"))
        self._netlink.batch(requests, forgiven=frozenset({errno.EEXIST}))


def _address_body(index: int, cidr: str) -> bytes:
    family, raw, length = pack_cidr(cidr)
    # An overlay address is ours by allocation: no duplicate address detection, usable at once.
    flags = _IFA_F_NODAD if family == socket.AF_INET6 else 0
    header = _ADDRESS.pack(family, length, flags, _RT_SCOPE_UNIVERSE, index)
    return header + attribute(_IFA_LOCAL, raw) + attribute(_IFA_ADDRESS, raw)


def _route_header(family: int, length: int, protocol: int, scope: int) -> bytes:
    return _ROUTE.pack(family, length, 0, 0, _RT_TABLE_MAIN, protocol, scope, _RTN_UNICAST, 0)


def _route_body(index: int, cidr: str, protocol: int, scope: int) -> bytes:
    family, raw, length = pack_cidr(cidr)
    body = _route_header(family, length, protocol, scope)
    return body + attribute(_RTA_DST, raw) + attribute(_RTA_OIF, _U32.pack(index))


def _parse_link(data: bytes) -> Link:
    _, _, index, flags, _ = _LINK.unpack_from(data)
    values = dict(attributes(data, _LINK.size))
    info = dict(attributes(values.get(_IFLA_LINKINFO, b"")))
    return Link(
        index=index,
        name=values[_IFLA_IFNAME].rstrip(b"\0").decode("utf-8", "replace"),
        up=bool(flags & _IFF_UP),
        mtu=_U32.unpack(values[_IFLA_MTU])[0],
        kind=info.get(_IFLA_INFO_KIND, b"").rstrip(b"\0").decode("ascii", "replace"),
    )


def _parse_route(data: bytes) -> Route | None:
    family, length, _, _, table, protocol, _, kind, _ = _ROUTE.unpack_from(data)
    values = dict(attributes(data, _ROUTE.size))
    if _RTA_TABLE in values:
        (table,) = _U32.unpack(values[_RTA_TABLE])
    if table != _RT_TABLE_MAIN or kind != _RTN_UNICAST:
        return None
    raw = values.get(_RTA_DST, bytes(4 if family == socket.AF_INET else 16))
    if _RTA_OIF in values:
        links: tuple[int, ...] = (_U32.unpack(values[_RTA_OIF])[0],)
    else:
        links = _next_hops(values.get(_RTA_MULTIPATH, b""))
    return Route(f"{socket.inet_ntop(family, raw)}/{length}", links, protocol)


def _next_hops(data: bytes) -> tuple[int, ...]:
    found = []
    start = 0
    while start + _NEXT_HOP.size <= len(data):
        length, _, _, index = _NEXT_HOP.unpack_from(data, start)
        if length < _NEXT_HOP.size:
            break
        found.append(index)
        start += (length + 3) & ~3
    return tuple(found)
