"""Leaving: the control plane forgets the node, the node forgets the control plane."""

from __future__ import annotations

import http.client
import json
import os

import msgspec

from agent.directory import AgentDirectory, NodeRecord
from agent.edge.applier import CERTIFICATES
from agent.edge.desired import SECTION as EDGE
from agent.edge.desired import DesiredEdge
from agent.firewall.applier import remove_table
from agent.firewall.nft import Nft
from agent.firewall.table import replacement
from agent.http_proxy.proxy import HttpProxy
from agent.http_proxy.stored import proxy_for, stored_proxy
from agent.interface_owner import owner_of
from agent.mesh_ports.table import NAME as PORTS_TABLE
from agent.mesh_ports.table import removal
from agent.node_section.stored import stored_settings
from agent.reasons import reason_of
from agent.signed_request import request_once
from agent.state.documents import load_section
from agent.state.opening import read_copy
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.device import open_device

TIMEOUT_S = 10.0
_ALREADY_REVOKED = (b"CERTIFICATE_REVOKED", b"SESSION_KEY_REVOKED")


class LeaveFailed(NimbusError):
    code = "LEAVE_FAILED"


def leave(
    directory: AgentDirectory,
    *,
    force: bool = False,
    local: bool = False,
    interface: str = "",
    proxy: HttpProxy | None = None,
    nginx: str = "",
    nginx_conf: str = "",
) -> str:
    """The name of the node that this machine was, "" when its record is of no use; then `interface` is the one
    to look for. `proxy` None: the one that the node joined through. Raises LeaveFailed when the control plane does
    not hear of it; `force` leaves all the same, `local` does not tell it: the node goes on elsewhere."""
    record = directory.known_node()
    if record is None and not (force or local):
        directory.load_node()
    with directory.lock():
        _check_writable(directory)
        if record is not None and not local:
            _tell_or_force(directory, record, proxy or stored_proxy(directory.proxy), force=force)
        _remove_interface(directory, record, interface)
        remove_table(Nft(), replacement((), ""))
        remove_table(Nft(table=PORTS_TABLE), removal())
        _leave_edge(directory, nginx, nginx_conf)
        directory.forget()
    return record.name if record else ""


def _check_writable(directory: AgentDirectory) -> None:
    """Before anything is done: what was told cannot be taken back. Raises LeaveFailed."""
    if not os.access(directory.root, os.W_OK):
        raise LeaveFailed(
            f"what is in {directory.root} cannot be removed: its disk is read-only, or it is another user's",
            next_step="Mount it writable, or run as its owner. Nothing was changed.",
        )


def _tell_or_force(directory: AgentDirectory, record: NodeRecord, proxy: HttpProxy, *, force: bool) -> None:
    try:
        _tell(directory, record, proxy_for(proxy, record))
    except (OSError, http.client.HTTPException, NimbusError) as error:
        if not force:
            raise LeaveFailed(
                f"the control plane could not be told: {reason_of(error)}",
                next_step="Retry, or leave with --force and delete the node there: nimbus node delete "
                + record.name,
            ) from None


def _tell(directory: AgentDirectory, record: NodeRecord, proxy: HttpProxy) -> None:
    """At the first of the control plane's addresses that answers."""
    first: Exception | None = None
    for url in stored_settings(directory, record).agent_api:
        try:
            _tell_at(directory, msgspec.structs.replace(record, agent_api=url), proxy)
        except (OSError, http.client.HTTPException) as error:
            first = first or error
        else:
            return
    if first is not None:
        raise first


def _tell_at(directory: AgentDirectory, record: NodeRecord, proxy: HttpProxy) -> None:
    status, body = request_once(
        directory, record, "POST", "/v1/internal/leave", b"{}", timeout=TIMEOUT_S, proxy=proxy
    )
    # Who is revoked already has left as far as the control plane is concerned.
    if status >= 300 and not any(code in body for code in _ALREADY_REVOKED):
        raise OSError(_refusal(status, body))


def _refusal(status: int, body: bytes) -> str:
    """What the control plane has against it."""
    try:
        error = json.loads(body)["error"]
        return f"it answered: {error['message']} [{error['code']}]"
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"it answered with HTTP status {status}"


def _leave_edge(directory: AgentDirectory, program: str, main: str) -> None:
    """nginx is as it was before this machine was an edge."""
    if not (directory.edge / CERTIFICATES).is_dir():
        return
    from agent.edge.releasing import leave_nginx

    section = read_copy(directory.state, lambda connection: load_section(connection, EDGE))
    leave_nginx(directory.edge, DesiredEdge(section).document.settings, program, main)


def _remove_interface(directory: AgentDirectory, record: NodeRecord | None, interface: str) -> None:
    """Where it is this node's."""
    if record is not None and record.mesh is None:
        return
    try:
        mode, name = (record.mesh_mode, record.interface) if record else ("auto", interface)
        device = open_device(mode, name, owner_of(directory))  # type: ignore[arg-type]
        device.delete()
    except NimbusError:
        return
