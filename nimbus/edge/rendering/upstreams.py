"""Upstreams as an edge is told of them; the agent resolves names and writes the blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nimbus.edge.upstreams.records import UpstreamCheck, UpstreamServer, UpstreamSpec, UpstreamTls
from nimbus.edge.upstreams.rules import common_name
from nimbus.edge.virtual_hosts.records import BackEnd
from nimbus.protocol.edge import EdgeUpstream, TargetCheck, UpstreamTarget
from nimbus.protocol.nginx import words

SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


class NodeAddress(NamedTuple):
    """Where a node is reached; `drained`: it is offline or in maintenance. `address` "": it has none."""

    address: str
    drained: bool = False


def block_name(upstream_id: str) -> str:
    return "upstream_" + upstream_id.replace("-", "")


def edge_upstream(
    upstream_id: str, number: int, spec: UpstreamSpec, nodes: Mapping[str, NodeAddress]
) -> EdgeUpstream:
    """`nodes`: by id. A server on a node that has no address is left out."""
    targets = [_target(server, nodes) for server in spec.servers]
    return EdgeUpstream(
        name=block_name(upstream_id),
        owner=f"upstream/{upstream_id}",
        version=number,
        servers=tuple(target for target in targets if target is not None),
        algorithm=spec.algorithm.value,
        keepalive=spec.keepalive,
        keepalive_timeout=spec.keepalive_timeout,
        check=_check(spec),
    )


def backend_upstream(name: str, found: BackEnd, host_id: str, number: int) -> EdgeUpstream:
    """Of a URL that a location sends requests to."""
    owner = f"virtual_host/{host_id}"
    return EdgeUpstream(name=name, owner=owner, version=number, servers=(UpstreamTarget(found.address),))


def _target(server: UpstreamServer, nodes: Mapping[str, NodeAddress]) -> UpstreamTarget | None:
    address, drained = server.address, False
    if server.node is not None:
        node = nodes.get(server.node, NodeAddress(""))
        if not node.address:
            return None
        host = f"[{node.address}]" if ":" in node.address else node.address
        address, drained = f"{host}:{server.port}", node.drained
    return UpstreamTarget(
        address=address,
        weight=server.weight,
        backup=server.backup,
        down=server.down,
        drained=drained,
        max_fails=server.max_fails,
        fail_timeout=server.fail_timeout,
    )


def _check(spec: UpstreamSpec) -> TargetCheck | None:
    check: UpstreamCheck | None = spec.health_check
    if check is None:
        return None
    return TargetCheck(
        kind=check.kind,
        path=check.path,
        host=check.host,
        status=check.status or 0,
        tls_name=tls_name(spec) if spec.tls is not None else "",
        interval=check.interval,
        timeout=check.timeout,
        failures=check.failures,
        successes=check.successes,
    )


def tls_name(spec: UpstreamSpec) -> str:
    """Which name is asked for by SNI, and must be certified."""
    return (spec.tls.server_name if spec.tls else "") or common_name(spec)


def tls_directives(spec: UpstreamSpec) -> str:
    """Of a location that sends requests there, a line each; "" for plain HTTP. The block's name must never be what
    is asked for."""
    tls: UpstreamTls | None = spec.tls
    if tls is None:
        return ""
    lines = ["proxy_ssl_server_name on;", f"proxy_ssl_name {words.interpolated(tls_name(spec))};"]
    if tls.verify:
        lines += [
            "proxy_ssl_verify on;",
            "proxy_ssl_verify_depth 4;",
            f"proxy_ssl_trusted_certificate {SYSTEM_AUTHORITIES};",
        ]
    return "\n".join(lines)
