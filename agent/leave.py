"""Leaving: the control plane forgets the node, the node forgets the control plane."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from agent.link import agent_context
from agent.state import AgentDirectory, NodeRecord
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.device import open_device
from nimbus.wireguard.errors import MeshUnavailable

TIMEOUT_S = 10.0


class LeaveFailed(NimbusError):
    code = "LEAVE_FAILED"


def leave(directory: AgentDirectory, *, force: bool) -> NodeRecord:
    """Raises LeaveFailed when the control plane does not hear of it; `force` leaves all the same."""
    record = directory.load_node()
    with directory.lock():
        try:
            _tell(directory, record)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not force:
                raise LeaveFailed(
                    f"the control plane could not be told: {error}",
                    next_step="Try again, or leave with --force and delete the node there: nimbus node delete",
                ) from None
        if record.mesh is not None:
            _remove_interface(record)
        directory.forget()
    return record


def _tell(directory: AgentDirectory, record: NodeRecord) -> None:
    parts = urlsplit(record.agent_api)
    context = agent_context(str(directory.ca), str(directory.certificate), str(directory.key))
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=TIMEOUT_S, context=context
    )
    try:
        connection.request("POST", "/v1/internal/leave", body=b"{}")
        response = connection.getresponse()
        body = response.read()
        # Who is revoked already has left as far as the control plane is concerned.
        if response.status >= 300 and b"CERTIFICATE_REVOKED" not in body:
            raise ValueError(f"HTTP {response.status}")
    finally:
        connection.close()


def _remove_interface(record: NodeRecord) -> None:
    try:
        open_device(record.mesh_mode, record.interface).delete()  # type: ignore[arg-type]
    except MeshUnavailable:
        return
