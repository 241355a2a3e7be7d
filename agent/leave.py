"""Leaving: the control plane forgets the node, the node forgets the control plane."""

from __future__ import annotations

import http.client

from agent.directory import AgentDirectory, NodeRecord
from agent.pinning import PinMismatch
from agent.session import SessionKeysUnreadable
from agent.signed_request import request_once
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.device import open_device
from nimbus.wireguard.errors import MeshUnavailable

TIMEOUT_S = 10.0
_ALREADY_REVOKED = (b"CERTIFICATE_REVOKED", b"SESSION_KEY_REVOKED")


class LeaveFailed(NimbusError):
    code = "LEAVE_FAILED"


def leave(directory: AgentDirectory, *, force: bool) -> NodeRecord:
    """Raises LeaveFailed when the control plane does not hear of it; `force` leaves all the same."""
    record = directory.load_node()
    with directory.lock():
        try:
            _tell(directory, record)
        except (OSError, http.client.HTTPException, ValueError, PinMismatch, SessionKeysUnreadable) as error:
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
    status, body = request_once(directory, record, "POST", "/v1/internal/leave", b"{}", timeout=TIMEOUT_S)
    # Who is revoked already has left as far as the control plane is concerned.
    if status >= 300 and not any(code in body for code in _ALREADY_REVOKED):
        raise ValueError(f"HTTP {status}")


def _remove_interface(record: NodeRecord) -> None:
    try:
        open_device(record.mesh_mode, record.interface).delete()  # type: ignore[arg-type]
    except MeshUnavailable:
        return
