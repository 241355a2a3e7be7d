"""Which run of the agent this is, and where: so that the control plane notices when a node runs twice."""

from __future__ import annotations

import hashlib
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from agent.directory import NodeRecord
from nimbus.protocol.messages import Instance
from nimbus.wireguard.addresses import split_endpoint

_MACHINE = Path("/etc/machine-id")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
# RFC 863: nothing is sent there, but a way has to be chosen as if.
_DISCARD_PORT = 9


def new_instance(record: NodeRecord) -> Instance:
    """Of this process, from now until it ends."""
    return Instance(
        id=secrets.token_hex(8),
        hostname=socket.gethostname(),
        address=own_address(record),
        machine=_digest(_MACHINE),
        boot=_digest(_BOOT),
    )


def with_address(instance: Instance, record: NodeRecord) -> Instance:
    """The same, where it is now."""
    address = own_address(record)
    return instance if address == instance.address else msgspec.structs.replace(instance, address=address)


def own_address(record: NodeRecord) -> str:
    """This machine's address on the way to the control plane, outside of the mesh; "" when that is not known: names
    are not looked up for it."""
    try:
        if record.mesh is not None:
            host = split_endpoint(record.mesh.endpoint)[0]
        else:
            host = urlsplit(record.agent_api).hostname or ""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((socket.inet_ntop(family, socket.inet_pton(family, host)), _DISCARD_PORT))
            return str(probe.getsockname()[0])
    except (OSError, ValueError):
        return ""


def _digest(file: Path) -> str:
    """Names the machine or its boot without telling an id that other programs rely on."""
    try:
        content = file.read_bytes().strip()
    except OSError:
        return ""
    return hashlib.sha256(b"nimbus instance\0" + content).hexdigest()[:8] if content else ""
