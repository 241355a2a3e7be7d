"""Pure decisions about upstreams: what an operator can say of one, field by field."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

import msgspec

from nimbus.edge.host_names import host_name
from nimbus.edge.upstreams.records import Algorithm, UpstreamCheck, UpstreamServer, UpstreamSpec, UpstreamTls
from nimbus.kernel.errors import ValidationError, all_valid, invalid

MAX_SERVERS = 256
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,1023}", re.ASCII)
_SOCKET = re.compile(r"unix:(/(?:run|srv|var/www)(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)+)", re.ASCII)
# Who reaches one of these is as good as root on the machine, or speaks for another service of it.
_OF_THE_MACHINE = re.compile(
    r"/run/(containerd|crio|dbus|docker|incus|libvirt|lxd|nimbus|podman|snapd|systemd|udev|user)", re.ASCII
)


def checked(spec: UpstreamSpec) -> UpstreamSpec:
    """With each part in its one spelling. Raises ValidationError, which names all fields that are wrong."""
    if not 1 <= len(spec.servers) <= MAX_SERVERS:
        raise invalid("servers", f"must have 1 to {MAX_SERVERS} servers")
    servers: list[UpstreamServer] = []
    tls: list[UpstreamTls | None] = []
    checks: list[Callable[[], object]] = [
        (lambda number=number, server=server: servers.append(_server(server, f"servers[{number}]")))  # type: ignore[misc]
        for number, server in enumerate(spec.servers)
    ]
    all_valid(
        *checks,
        lambda: _check_backups(spec),
        lambda: _check_health(spec.health_check),
        lambda: tls.append(_tls(spec)),
    )
    require_different(servers)
    return msgspec.structs.replace(spec, servers=tuple(servers), tls=tls[0])


def server_address(text: str, field: str) -> str:
    """`ADDRESS:PORT`, `[IPV6]:PORT`, `NAME:PORT` or `unix:PATH` in its one spelling. Raises ValidationError."""
    given = text.strip()
    if given.startswith("unix:"):
        return _socket(given, field)
    host, separator, port = given.rpartition(":")
    if not separator or not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise invalid(field, f"{text!r} needs a port from 1 to 65535, such as 10.0.0.5:8080")
    return f"{_host(host, text, field)}:{int(port)}"


def _host(host: str, text: str, field: str) -> str:
    refused = invalid(
        field, f"{text!r} is no address such as 10.0.0.5:8080, [2001:db8::1]:8080 or app.example.com:8080"
    )
    if host.startswith("[") and host.endswith("]"):
        if "%" in host:
            raise invalid(
                field, f"{text!r} has a zone, which nginx does not take: name an address without one"
            )
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        except ValueError:
            raise refused from None
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        pass
    if "*" in host or host.startswith(".") or host != host.strip():
        raise refused
    try:
        return host_name(host, field).ascii
    except ValidationError:
        raise refused from None


def _socket(text: str, field: str) -> str:
    found = _SOCKET.fullmatch(text)
    if found is None:
        raise invalid(field, "a socket is unix:/run/NAME.sock, or in a folder of /run, /srv or /var/www")
    if _OF_THE_MACHINE.match(found[1]):
        raise invalid(field, f"{found[1]} belongs to a service that rules the machine, and cannot be served")
    return text


def _server(server: UpstreamServer, field: str) -> UpstreamServer:
    for later in ("instance", "volume_server"):
        if getattr(server, later) is not None:
            raise invalid(
                f"{field}.{later}",
                "cannot be referred to yet",
                next_step="Name its address, or the node it runs on: {node, port}.",
            )
    if server.node is None:
        if not server.address:
            raise invalid(field, "has an address, or a node with a port")
        if server.port is not None:
            raise invalid(f"{field}.port", "goes with a node: an address has its own port")
        return msgspec.structs.replace(server, address=server_address(server.address, f"{field}.address"))
    if server.address:
        raise invalid(field, "has an address or a node, not both")
    if server.port is None:
        raise invalid(f"{field}.port", "is missing: a node needs the port that it answers on")
    return msgspec.structs.replace(server, node=server.node.strip().lower())


def require_different(servers: Sequence[UpstreamServer]) -> None:
    """Raises ValidationError."""
    seen = set()
    for number, server in enumerate(servers):
        key = server.address, server.node, server.port
        if key in seen:
            what = server.address or f"{server.node} with port {server.port}"
            raise invalid(f"servers[{number}]", f"{what} is there already")
        seen.add(key)


def _check_backups(spec: UpstreamSpec) -> None:
    backups = [number for number, server in enumerate(spec.servers) if server.backup]
    if backups and spec.algorithm is Algorithm.IP_HASH:
        raise invalid(
            f"servers[{backups[0]}].backup", "ip_hash has no backup servers: choose another algorithm"
        )
    if len(backups) == len(spec.servers):
        raise invalid("servers", "one at least must be no backup")


def _check_health(check: UpstreamCheck | None) -> None:
    if check is None:
        return
    if not _PATH.fullmatch(check.path):
        raise invalid("health_check.path", f"{check.path!r} is no path such as /health")
    if check.host and ("*" in check.host or host_name(check.host, "health_check.host").is_wildcard):
        raise invalid("health_check.host", "must be one name")
    if check.timeout > check.interval:
        raise invalid("health_check.timeout", "must be no more than the interval")


def _tls(spec: UpstreamSpec) -> UpstreamTls | None:
    if spec.tls is None:
        return None
    tls, name = spec.tls, ""
    if tls.server_name:
        found = host_name(tls.server_name, "tls.server_name")
        if found.is_wildcard:
            raise invalid("tls.server_name", "must be one name")
        name = found.ascii
    if tls.ca_certificates:
        raise invalid(
            "tls.ca_certificates",
            "cannot be given yet: the authorities that the edge's system trusts are used",
            next_step="Add yours to the system of each edge: update-ca-certificates.",
        )
    if not name and not common_name(spec):
        raise invalid("tls.server_name", "is missing: which name are these servers asked for?")
    return msgspec.structs.replace(tls, server_name=name)


def common_name(spec: UpstreamSpec) -> str:
    """The name that all servers are addressed by; "" where there is none."""
    hosts = {server.address.rpartition(":")[0] for server in spec.servers}
    if len(hosts) != 1:
        return ""
    host = hosts.pop()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "" if host.startswith("unix") else host
    return ""
