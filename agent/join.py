"""Joining: from a token to a node. Runs once, before the agent; it may block.

Interrupted at any point it can be repeated with the same token: the keys are on disk before they are named to
the control plane, and the control plane answers the same keys again.
"""

from __future__ import annotations

import http.client
import itertools
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from agent import doctor, identity
from agent.appliers.mesh import interface_of
from agent.appliers.peers import hub_peer
from agent.appliers.ways.own_endpoints import endpoints, own_addresses, usable
from agent.connect import context_of
from agent.control_plane_machine import interface_with, is_control_planes_own
from agent.damage import read_mesh_key
from agent.directory import AgentDirectory, NodeRecord
from agent.facts.machine import collect_facts
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.http_proxy.stored import store_proxy, stored_proxy
from agent.interface_owner import owner_of
from agent.join_client import JoinClient
from agent.join_client import context_of as context_of_token
from agent.join_tunnel import JoinTunnel, Ways, find_ways
from agent.over_tls.joining import JoinOverTls
from agent.pinning import PinMismatch, check_context
from agent.reasons import reason_of
from agent.session import SessionKeyFile
from agent.signed_request import request_once
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import private_directory
from nimbus.protocol.join_token import JoinToken, MeshInvitation
from nimbus.protocol.messages import JoinAnswer, JoinRequest, NodeAuth
from nimbus.wireguard.device import Device, open_device
from nimbus.wireguard.errors import MeshUnavailable
from nimbus.wireguard.keys import public_key
from nimbus.wireguard.local_routes import local_routes
from nimbus.wireguard.plan import plan

CONTACT_TIMEOUT_S = 30.0
PROXY_TIMEOUT_S = 5.0
# A lost handshake is repeated after 5 s: an attempt outlasts one.
CONTACT_ATTEMPT_S = 8.0
_POLL_S = 0.05
_FIRST_CONTACT_TIMEOUT_S = 0.25


class Options(msgspec.Struct, frozen=True):
    name: str
    mesh: str
    interface: str
    listen_port: int
    auth: NodeAuth = "mtls"
    pins: tuple[str, ...] = ()
    mtu: int = 0
    mesh_endpoints: tuple[str, ...] = ()
    # An HTTP proxy between this machine and the control plane.
    proxy: HttpProxy = DIRECT


class AlreadyJoined(NimbusError):
    code = "ALREADY_JOINED"


def join(
    directory: AgentDirectory, token: JoinToken, options: Options, say: Callable[[str], None]
) -> NodeRecord:
    """Raises JoinFailed (or another NimbusError) with the cause. `say` is told each step."""
    _check_not_joined(directory, token)
    if token.reusable:
        token = _claimed(directory, token, options, say)
    record = directory.known_node()
    if record is not None and record.pending_secret and not options.proxy.host:
        options = msgspec.structs.replace(options, proxy=stored_proxy(directory.proxy))
    proxy = _proxy_for(token, options)
    if proxy.host:
        say(f"the API is asked through the HTTP proxy {proxy.name}")
    with directory.lock(), JoinOverTls(token, options.pins, proxy) as over_tls:
        record = directory.known_node()
        if record is not None and record.pending_secret:
            return _finish(directory, record, token, say, over_tls)
        doctor.check_expiry(token)
        if token.proxy:
            options = msgspec.structs.replace(
                options, auth="session-key", pins=options.pins or token.proxy_pins
            )
        private_directory(directory.staged().root)
        if token.proxy:
            return _join_without_tunnel(
                directory, token, (urlsplit(token.proxy).hostname or "",), options, say
            )
        if token.mesh is None:
            return _join_without_tunnel(directory, token, token.api_hosts, options, say)
        if options.mesh == "off":
            raise doctor.JoinFailed(
                "mesh", "MESH_REQUIRED", "this control plane runs a mesh", "Join without --mesh off."
            )
        if is_control_planes_own(token, token.mesh):
            return _join_on_control_plane(directory, token, token.mesh, options, say)
        return _join_through_tunnel(directory, token, token.mesh, options, say, over_tls)


def _claimed(
    directory: AgentDirectory, token: JoinToken, options: Options, say: Callable[[str], None]
) -> JoinToken:
    """This machine's own token, of one that several share. An interrupted join is given the same again: it goes by
    the key that is named to the control plane."""
    doctor.check_expiry(token)
    with directory.lock():
        record = directory.known_node()
        place = directory if record is not None and record.pending_secret else directory.staged()
        private_directory(place.root)
        key = identity.load_or_create_key(place.key)
    say(f"asking {', '.join(token.api_hosts)} for a token of this machine's own")
    client = JoinClient(token, options.pins, say, _proxy_for(token, options))
    return client.claim(identity.public_digest(key))


def _proxy_for(token: JoinToken, options: Options) -> HttpProxy:
    """What is in the mesh is reached through the tunnel."""
    return options.proxy if token.mesh is None else options.proxy.and_directly(token.mesh.address)


def _check_not_joined(directory: AgentDirectory, token: JoinToken) -> None:
    """A node joins again with a token for itself; one whose record is damaged with any. Raises AlreadyJoined."""
    record = directory.known_node()
    if record is None or record.pending_secret or token.node_id == record.node_id:
        return
    another = "; the token is for another node that joins again" if token.node_id else ""
    raise AlreadyJoined(
        f"this machine is the node {record.name!r} already{another}",
        next_step="Leave first: nimbus-agent leave. To join the same node again, use a token from: "
        f"nimbus node token --rejoin {record.name}",
    )


def _join_without_tunnel(
    directory: AgentDirectory,
    token: JoinToken,
    hosts: tuple[str, ...],
    options: Options,
    say: Callable[[str], None],
    *,
    shared_interface: str = "",
) -> NodeRecord:
    """`hosts` are of the API, or the proxy's: what it is told is all that this machine reaches. `shared_interface`:
    the control plane's, on its own machine."""
    staged = directory.staged()
    key = identity.load_or_create_key(staged.key)
    say(f"asking {token.proxy or ', '.join(hosts)} to join")
    request = _request(token, options, key)
    request.on_control_plane = bool(shared_interface)
    answer = JoinClient(token, options.pins, say, _proxy_for(token, options)).ask(hosts, request)
    record = _record(answer, options, mesh_mode="off", port=0, secret="")
    record.public_api = token.api_urls
    record.interface = shared_interface
    record.pinned = bool(token.proxy and token.proxy_pins)
    _save_identity(staged, answer, options.proxy)
    staged.save_node(record)
    directory.take_over()
    _try_proxy(directory, record, say)
    return record


def _join_on_control_plane(
    directory: AgentDirectory,
    token: JoinToken,
    mesh: MeshInvitation,
    options: Options,
    say: Callable[[str], None],
) -> NodeRecord:
    """One machine has one place in the mesh: this one keeps the control plane's."""
    address = mesh.control_plane_address
    interface = interface_with(address)
    say(f"this is the control plane's own machine: it shares {interface} and {address}")
    record = _join_without_tunnel(directory, token, (address,), options, say, shared_interface=interface)
    # The address that was held for the token is free again.
    JoinClient(token, options.pins).complete(address, token.secret)
    return record


def _join_through_tunnel(
    directory: AgentDirectory,
    token: JoinToken,
    mesh: MeshInvitation,
    options: Options,
    say: Callable[[str], None],
    over_tls: JoinOverTls,
) -> NodeRecord:
    try:
        device = open_device(options.mesh, options.interface, owner_of(directory))  # type: ignore[arg-type]
    except MeshUnavailable as error:
        raise doctor.JoinFailed("mesh", error.code, error.message, error.next_step) from None
    doctor.check_overlay(mesh.address, local_routes([options.interface]))
    staged = directory.staged()
    key = identity.load_or_create_key(staged.key)
    mesh_key = identity.load_or_create_mesh_key(staged.wireguard_key)
    ways = find_ways(
        (mesh.endpoint, *mesh.more_endpoints), options.mtu or token.mtu or mesh.mtu, mesh.address
    )
    say(f"opening the tunnel to {mesh.endpoint} ({device.kind} WireGuard)")
    tunnel = JoinTunnel(device, mesh, options.interface, options.listen_port, ways)
    port = tunnel.open(ways.addresses[0])
    client = JoinClient(token, options.pins, say, _proxy_for(token, options))
    try:
        request = _request(token, options, key, mesh_key=public_key(mesh_key), port=port)
        own = usable(own_addresses(), options.interface)
        request.mesh_endpoints = endpoints(own, port, options.mesh_endpoints)
        address = _first_way(tunnel, over_tls, lambda: client.check_outside(request), say)
        mtu = tunnel.measure(address)
        say("asking to join through the tunnel")
        try:
            answer = client.ask((mesh.control_plane_address,), request)
        except doctor.JoinFailed as error:
            if error.code == "API_UNREACHABLE":
                client.check_outside(request)
            if error.code != "MESH_KEY_TAKEN":
                raise
            # As on a disk that was copied. The token is as good as before.
            say("the WireGuard key of this machine belongs to another node: creating a new one")
            request.mesh_key = public_key(identity.create_mesh_key(staged.wireguard_key))
            answer = client.ask((mesh.control_plane_address,), request)
        record = _record(answer, options, mesh_mode=device.kind, port=port, secret=token.secret)
        record.public_api, record.api_trust = token.api_urls, token.trust
        record.via_tls = address not in ways.by_address
        record.mesh_key, record.mtu = request.mesh_key, options.mtu or token.mtu
        if record.mesh is not None:
            record.mesh = msgspec.structs.replace(
                record.mesh, endpoint=ways.by_address.get(address, mesh.endpoint)
            )
        _save_identity(staged, answer, options.proxy)
        staged.save_node(record)
        directory.take_over()
    except BaseException:
        device.delete()
        raise
    return _finish(directory, record, token, say, over_tls, mtu)


def _first_way(
    tunnel: JoinTunnel, over_tls: JoinOverTls, doubt: Callable[[], None], say: Callable[[str], None]
) -> str:
    """The endpoint by which the control plane answers. Raises JoinFailed."""
    try:
        # Networks with an HTTP proxy hardly ever let UDP out.
        return tunnel.first_that_answers(doubt, is_patient=not over_tls.proxy.host)
    except doctor.JoinFailed as error:
        if error.code != "UDP_BLOCKED" or not over_tls.urls:
            raise
        say(f"UDP is blocked: opening the tunnel over TLS, to {', '.join(over_tls.urls)}")
        return tunnel.first_over_tls(over_tls)


def _request(
    token: JoinToken, options: Options, key: str, *, mesh_key: str = "", port: int = 0
) -> JoinRequest:
    return JoinRequest(
        secret=token.secret,
        csr=identity.signing_request(key),
        facts=collect_facts(),
        sent_at=time.time(),
        name=options.name,
        mesh_key=mesh_key,
        listen_port=port,
        auth=options.auth,
    )


def _save_identity(directory: AgentDirectory, answer: JoinAnswer, proxy: HttpProxy) -> None:
    store_proxy(directory.proxy, proxy)
    directory.save_identity(answer.certificate, answer.ca)
    if answer.session_key is not None:
        SessionKeyFile(directory.session).save((answer.session_key,))
    else:
        directory.session.unlink(missing_ok=True)


def _record(answer: JoinAnswer, options: Options, *, mesh_mode: str, port: int, secret: str) -> NodeRecord:
    if (answer.session_key is not None) != (options.auth == "session-key"):
        raise doctor.refused(
            "AUTH_UNSUPPORTED",
            f"this control plane does not support --auth {options.auth}",
            "Upgrade it, or join with --auth mtls.",
        )
    return NodeRecord(
        node_id=answer.node_id,
        name=answer.name,
        workspace=answer.workspace,
        agent_api=answer.agent_api,
        heartbeat_interval_s=answer.heartbeat_interval_s,
        joined_at=time.time(),
        interface=options.interface if answer.mesh else "",
        mesh_mode=mesh_mode,
        listen_port=port,
        mesh=answer.mesh,
        pending_secret=secret,
        auth=options.auth,
        pins=options.pins,
        waiting=answer.waiting,
    )


def _finish(
    directory: AgentDirectory,
    record: NodeRecord,
    token: JoinToken,
    say: Callable[[str], None],
    over_tls: JoinOverTls,
    mtu: int = 0,
) -> NodeRecord:
    """Tell the control plane that the answer is stored, put the node's own key in place, and prove the way. `mtu`
    is what was measured, 0: nothing was."""
    assert record.mesh is not None
    say("putting this node's own key in place")
    device = open_device(record.mesh_mode, record.interface, owner_of(directory))  # type: ignore[arg-type]
    deadline = time.monotonic() + CONTACT_TIMEOUT_S
    fixed = record.mtu or (token.mesh.mtu if token.mesh else 0)
    ways = (
        Ways({over_tls.endpoint(record.listen_port): record.mesh.endpoint}, fixed)
        if record.via_tls
        else find_ways((record.mesh.endpoint,), fixed, record.mesh.address)
    )
    for address in itertools.cycle(ways.addresses):
        JoinClient(token, record.pins).complete(record.mesh.control_plane_address, record.pending_secret)
        _use_own_key(directory, record, device, address, mtu or ways.mtu_by(address))
        try:
            _await_contact(directory, record, token, min(deadline, time.monotonic() + CONTACT_ATTEMPT_S))
            break
        except doctor.JoinFailed:
            if token.mesh is None or time.monotonic() > deadline:
                raise
        # It may be that nobody heard of the completion: say it again where the token's key is still good.
        JoinTunnel(device, token.mesh, record.interface, record.listen_port, ways).open(address)
    record = msgspec.structs.replace(record, pending_secret="")
    directory.save_node(record)
    _try_proxy(directory, record, say)
    return record


def _try_proxy(directory: AgentDirectory, record: NodeRecord, say: Callable[[str], None]) -> None:
    """Whether the way that the agent will take works: its first use is the best time to hear why it does not."""
    if record.auth != "session-key":
        return
    say(f"asking {record.agent_api} with the session key")
    try:
        target = f"/v1/internal/tasks/{record.node_id}?wait=0&capacity=0"
        status, _body = request_once(
            directory,
            record,
            "GET",
            target,
            b"",
            timeout=PROXY_TIMEOUT_S,
            proxy=stored_proxy(directory.proxy),
        )
        problem = "" if status == 200 else f"it answered HTTP {status}"
    except PinMismatch as error:
        raise doctor.pin_mismatch(record.agent_api, error) from None
    except (OSError, http.client.HTTPException) as error:
        problem = reason_of(error)
    if problem:
        say(
            f"{record.agent_api} is unreachable for now: {problem}. The node is registered; its agent keeps trying"
        )


def _use_own_key(
    directory: AgentDirectory, record: NodeRecord, device: Device, endpoint: str, mtu: int
) -> None:
    private = read_mesh_key(directory.wireguard_key)
    hub = hub_peer(record, endpoint)
    want = interface_of(record, private, {hub.public_key: hub}, mtu)
    device.apply(plan(device.read(), want), want)


def _await_contact(directory: AgentDirectory, record: NodeRecord, token: JoinToken, deadline: float) -> None:
    """Until the control plane can be reached with the new key, or the monotonic clock passes `deadline`: at the
    agents' listener, or at the API for a node that reaches the former through a proxy."""
    assert record.mesh is not None
    if record.auth == "session-key":
        port, context = token.api_port, context_of_token(token)
    else:
        port, context = int(record.agent_api.rpartition(":")[2]), context_of(directory, record)
    timeout = _FIRST_CONTACT_TIMEOUT_S
    while True:
        try:
            with (
                socket.create_connection((record.mesh.control_plane_address, port), timeout=timeout) as tcp,
                context.wrap_socket(tcp) as tls,
            ):
                check_context(tls, record.pins, sole_authority=not token.trust)
                return
        except PinMismatch as error:
            raise doctor.pin_mismatch(record.mesh.control_plane_address, error) from None
        except OSError as error:
            # A new attempt sends at once what the kernel would send again only after a second.
            timeout = min(2 * timeout, 5.0)
            if time.monotonic() > deadline:
                raise doctor.JoinFailed(
                    "contact",
                    "API_UNREACHABLE",
                    f"port {port} of {record.mesh.control_plane_address} is not reached through the mesh: "
                    + reason_of(error),
                    "The node is registered. Run the same join again to retry.",
                ) from None
            time.sleep(_POLL_S)
