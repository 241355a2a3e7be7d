"""From what the edge is told, and what names resolve to and what answers now, to nginx's files. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from typing import NamedTuple

from nimbus.protocol.edge import ConfigurationFile, EdgeDocument, EdgeUpstream, FileSet, UpstreamTarget
from nimbus.protocol.nginx.upstreams import ALGORITHMS, Server, upstream_block

MAX_ADDRESSES = 16
HEAD, OWN = "00-nginx", "01-agent"


class Target(NamedTuple):
    """A server of an upstream: `host` is a name or an address, "" for a socket, then `port` is its path."""

    host: str
    port: str

    @property
    def is_name(self) -> bool:
        return bool(self.host) and not is_address(self.host)


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def target_of(address: str) -> Target:
    """Of `ADDRESS:PORT`, `[IPV6]:PORT`, `NAME:PORT` or `unix:PATH`."""
    if address.startswith("unix:"):
        return Target("", address.removeprefix("unix:"))
    host, _, port = address.rpartition(":")
    return Target(host.removeprefix("[").removesuffix("]"), port)


def joined(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def names_in(document: EdgeDocument) -> set[str]:
    """Those that are to be resolved."""
    targets = (target_of(server.address) for upstream in document.upstreams for server in upstream.servers)
    return {target.host for target in targets if target.is_name}


class Sight(NamedTuple):
    """What the edge sees: `addresses` by name; `unwell` are those (upstream's name, address with port) that fail
    their checks."""

    addresses: Mapping[str, tuple[str, ...]] = {}
    unwell: Collection[tuple[str, str]] = ()
    has_ipv6: bool = True


def composed(
    document: EdgeDocument, texts: Mapping[str, str], sight: Sight, mark: str, socket: str
) -> FileSet:
    """`mark` is what nginx answers at `socket` once it has loaded these files."""
    upstreams = [
        ConfigurationFile(f"10-{one.name}", block(one, sight), one.owner, one.version)
        for one in document.upstreams
    ]
    files = [
        ConfigurationFile(file.name, texts[file.sha256], file.owner, file.version) for file in document.files
    ]
    own = [ConfigurationFile(HEAD, document.head), ConfigurationFile(OWN, own_server(mark, socket))]
    ordered = sorted([*own, *upstreams, *files], key=lambda file: file.name)
    return FileSet(document.generation, tuple(ordered), mark)


def blocks(document: EdgeDocument, sight: Sight) -> tuple[str, ...]:
    """What of the files depends on what the edge sees."""
    return tuple(block(one, sight) for one in document.upstreams)


def block(upstream: EdgeUpstream, sight: Sight) -> str:
    servers = [server for target in upstream.servers for server in servers_of(upstream.name, target, sight)]
    algorithm = upstream.algorithm if upstream.algorithm in ALGORITHMS else "round_robin"
    return upstream_block(upstream.name, servers, algorithm, upstream.keepalive, upstream.keepalive_timeout)


def servers_of(upstream: str, target: UpstreamTarget, sight: Sight) -> list[Server]:
    """None of a name that resolves to nothing."""
    is_off = target.down or target.drained
    return [
        Server(
            address,
            target.weight,
            target.backup,
            is_off or (upstream, address) in sight.unwell,
            target.max_fails,
            target.fail_timeout,
        )
        for address in addresses_of(target.address, sight)
    ]


def addresses_of(address: str, sight: Sight) -> list[str]:
    """Where this server is now."""
    target = target_of(address)
    if not target.is_name:
        return [address]
    found = sight.addresses.get(target.host, ())
    usable = found if sight.has_ipv6 else ([one for one in found if ":" not in one] or found)
    return [joined(one, target.port) for one in sorted(usable)[:MAX_ADDRESSES]]


def own_server(mark: str, socket: str) -> str:
    return (
        "server {\n"
        f"    listen unix:{socket};\n"
        "    access_log off;\n"
        f'    location = /generation {{\n        return 200 "{mark}";\n    }}\n'
        "}\n"
    )
