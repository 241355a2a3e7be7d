"""Names of the mesh: whether this node's name server answers, and whether the machine asks it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from agent.directory import NodeRecord
from agent.dns.server import PORT
from agent.node_section.settings import MeshDns
from agent.reasons import reason_of
from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.mesh_names import CONTROL_PLANE

_ANSWER_S = 2.0
_PORT_TAKEN = "See which program has the port: ss -lnup 'sport = :53'. Or set mesh_dns = \"off\"."
_RESOLVED = "Check systemd-resolved: resolvectl status. /etc/resolv.conf must lead to it."


def names(record: NodeRecord, mesh_dns: MeshDns) -> Iterator[Finding]:
    """Of a node whose agent runs."""
    assert record.mesh is not None
    if mesh_dns == "off":
        return
    address = record.mesh.address.partition("/")[0]
    problem = problem_of(address)
    yield Finding(
        not problem,
        "names",
        f"names of the mesh are not answered at {address}: {problem}"
        if problem
        else f"names of the mesh are answered at {address}",
        _PORT_TAKEN if problem else "",
    )
    if mesh_dns == "resolved":
        found = _looked_up(CONTROL_PLANE)
        is_right = found == record.mesh.control_plane_address
        said = f"this machine looks up {CONTROL_PLANE} as {found or 'nothing'}"
        yield Finding(is_right, "names", said, "" if is_right else _RESOLVED)


def problem_of(address: str, port: int = PORT) -> str:
    """Why the name server there does not say where the control plane is; "" when it does."""
    from dnslib import DNSError, DNSRecord

    question = DNSRecord.question(CONTROL_PLANE)
    try:
        reply = DNSRecord.parse(question.send(address, port, timeout=_ANSWER_S))
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return reason_of(error)
    except DNSError:
        return "what answers is no name server"
    return "" if reply.rr else "it does not know the control plane"


def _looked_up(name: str) -> str:
    try:
        return str(socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return ""
