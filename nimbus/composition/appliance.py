"""The composition root: the one place that joins the slices into a control plane."""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import trio
from quart_trio import QuartTrio

from nimbus.appliance import routes as appliance_routes
from nimbus.appliance.service import Appliance
from nimbus.composition.listeners import Listeners
from nimbus.composition.node_authentication import NodeAuthentication
from nimbus.composition.people import People
from nimbus.composition.records import RecordKeeping
from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Database
from nimbus.db.database import open_database
from nimbus.fleet.enrolment import routes as enrolment_routes
from nimbus.fleet.enrolment.invitation import Addresses, Invitations
from nimbus.fleet.enrolment.reconcile import TokenExpiry
from nimbus.fleet.enrolment.service import Enrolment
from nimbus.fleet.mesh import routes as mesh_routes
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.publication import Publication
from nimbus.fleet.mesh.reconcile import MeshReconciler
from nimbus.fleet.mesh.records import MeshIdentity
from nimbus.fleet.mesh.rules import check_no_collision, control_plane_address, overlay_network
from nimbus.fleet.mesh.service import Mesh
from nimbus.fleet.metrics.composition import MetricServices
from nimbus.fleet.nodes import routes as node_routes
from nimbus.fleet.nodes.presence import Presence
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations import routes as operation_routes
from nimbus.fleet.operations.service import Operations
from nimbus.fleet.tasks import routes as task_routes
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.dispatch import Dispatch
from nimbus.fleet.tasks.service import Tasks
from nimbus.http.agent_paths import AgentPaths
from nimbus.http.application import make_application
from nimbus.http.console_reach import MeshOnly
from nimbus.http.door import Door, Limits
from nimbus.http.mtls import CertificateIndex
from nimbus.http.polls import Polls
from nimbus.http.public import add_public_paths
from nimbus.http.reference import with_reference
from nimbus.http.websocket import EventSockets
from nimbus.kernel.access import Permission
from nimbus.kernel.clock import Clock, SystemClock, to_seconds
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Route
from nimbus.people.identity.composition import IdentitySettings, relying_party
from nimbus.people.organizations.contents import Occupant
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import Facts
from nimbus.protocol.service_notify import keep_watchdog, notify
from nimbus.protocol.settings import words
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog
from nimbus.records.event_log.recorder import record_changes
from nimbus.records.idempotency.service import Idempotency
from nimbus.settings import configuration
from nimbus.settings.addresses import (
    advertised_host,
    is_wildcard,
    listen_address,
    url,
    wireguard_endpoint,
    wireguard_port,
)
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory, Running, open_data_directory
from nimbus.trust.pki import authority, mesh_key
from nimbus.trust.secrets import routes as secret_routes
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.opening import open_keyring
from nimbus.trust.secrets.reencryption import Reencryption
from nimbus.trust.secrets.rotation import MasterKeys
from nimbus.trust.secrets.service import Secrets
from nimbus.wireguard.device import Device, open_device
from nimbus.wireguard.errors import MeshUnavailable
from nimbus.wireguard.keys import public_key
from nimbus.wireguard.local_routes import local_routes
from nimbus.wireguard.model import Interface

HOUSEKEEPING_INTERVAL_S = 60.0
log = logging.getLogger("nimbus.appliance")


class Serving(msgspec.Struct, frozen=True):
    """What a started control plane tells: where it is reached, and how it runs."""

    api: str
    agent_api: str
    mesh: str
    mesh_note: str
    public_url: str
    # For the first sign-in; "" when there is an administrator.
    setup_token: str

    def __repr__(self) -> str:
        return f"Serving({self.api!r})"


class _MeshSetup(msgspec.Struct, frozen=True):
    """The control plane's device and identity in the mesh; all None without one."""

    device: Device | None = None
    base: Interface | None = None
    identity: MeshIdentity | None = None
    note: str = ""

    @property
    def mode(self) -> str:
        return self.device.kind if self.device else "off"


async def run_control_plane(
    config: ControlPlaneConfig,
    *,
    clock: Clock | None = None,
    stop: trio.Event | None = None,
    sources: Mapping[str, str] | None = None,
    task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stop` is set or the process gets SIGTERM or SIGINT; ends within 5 s, checkpointed. `sources`:
    where each setting came from."""
    configuration.check(config)
    clock = clock or SystemClock()
    stop = trio.Event() if stop is None else stop
    directory = open_data_directory(config.data_dir)
    async with AsyncExitStack() as stack:
        stack.enter_context(directory.lock())
        bus = EventBus()
        database = await stack.enter_async_context(
            open_database(directory.database, bus, clock, before_commit=record_changes)
        )
        appliance = await _Appliance.make(config, directory, database, bus, clock, sources or {})
        await appliance.serve(stop, task_status)
    log.info("stopped")


class _Appliance:
    """The joined slices of one control plane."""

    itself: Appliance

    def __init__(
        self,
        config: ControlPlaneConfig,
        directory: DataDirectory,
        database: Database,
        bus: EventBus,
        clock: Clock,
        mesh_setup: _MeshSetup,
        sealer: Keyring,
    ) -> None:
        now = clock.now()
        self.config, self.directory, self.database, self.clock = config, directory, database, clock
        self.mesh_setup = mesh_setup
        self.authority = authority.load_or_create(directory.pki, now)
        audit = AuditLog(clock, sealer)
        refusals = RefusalLog(database, clock, audit)
        self.people = people = People(
            database, clock, audit, sealer, refusals, _identity_settings(config), base_url=_public_url(config)
        )
        self.records = RecordKeeping(database, clock, audit, refusals, people.organizations, config)
        self.idempotency = Idempotency(database, clock, sealer)
        self.secrets = Secrets(database, clock, audit, sealer, people.organizations)
        self.reencryption = Reencryption(database, clock, audit, sealer, SEALED_COLUMNS)
        self.master_keys = MasterKeys(database, clock, audit, sealer, SEALED_COLUMNS, self.reencryption)
        self.nodes = Nodes(database, clock, audit, people.organizations)
        self.members = Members(clock, overlay_network(config.overlay))
        self.node_authentication = NodeAuthentication(
            config,
            database,
            clock,
            audit,
            sealer,
            self.nodes,
            self.members,
            has_mesh=mesh_setup.identity is not None,
        )
        self.tasks = Tasks(database, clock, audit, people.organizations, self.nodes)
        self.metrics = MetricServices(
            database,
            clock,
            people.organizations,
            self.nodes,
            self.tasks,
            lambda node_id: self.presence.is_present(node_id),  # noqa: PLW0108  (presence comes after it)
        )
        self.presence = Presence(
            database,
            clock,
            config.heartbeat_interval,
            self.node_authentication.waiting.nodes,
            self.metrics.history.take,
        )
        self.operations = Operations(database, clock, audit, people.organizations, self.nodes, self.tasks)
        self.publication = Publication()
        self.reconciler = MeshReconciler(
            database, self.members, self.publication, mesh_setup.device, mesh_setup.base
        )
        self.mesh = Mesh(
            database,
            clock,
            audit,
            self.members,
            self.reconciler,
            self.nodes,
            self.tasks,
            mode=mesh_setup.mode,
            overlay=config.overlay,
            online=self.presence.online,
        )
        self.delivery = Delivery(
            clock, {"mesh_probe": self.mesh.store_probe, "collect_facts": self._store_facts}
        )
        self.dispatch = Dispatch(database, clock, self.delivery)
        self.addresses = _addresses(config, mesh_setup)
        invitations = Invitations(
            self.authority.certificate_der,
            self.authority.certificate_pem,
            self.addresses,
            mesh_setup.identity,
            self.reconciler.endpoint_of,
            _further_trust(config),
        )
        self.enrolment = Enrolment(
            database,
            clock,
            audit,
            self.authority,
            people.organizations,
            self.nodes,
            self.members,
            self.tasks,
            invitations,
            heartbeat_interval_s=config.heartbeat_interval,
            session_keys=self.node_authentication.session_keys,
            terms=self.node_authentication.terms,
            sources=self.node_authentication.sources,
        )
        self.token_expiry = TokenExpiry(database, clock, self.enrolment)
        self.certificates = CertificateIndex(self.nodes)
        self.polls = Polls(database, self.dispatch, self.delivery, self.publication)
        self.listeners = Listeners(
            config,
            self.authority,
            clock,
            self.node_authentication,
            mesh_setup.identity.address if mesh_setup.identity else None,
        )
        self.ready = False
        self._join(bus)

    def _join(self, bus: EventBus) -> None:
        """What one slice tells another."""
        people = self.people
        people.administration.in_workspace.insert(
            0,
            Occupant(
                "nodes",
                Permission.AGENT_DELETE,
                self.enrolment.names_in_workspace,
                self.enrolment.delete_all_of,
            ),
        )
        people.administration.in_workspace.append(
            Occupant(
                "secrets",
                Permission.SECRET_DELETE,
                self.secrets.names_in_workspace,
                self.secrets.remove_all_of_workspace,
            )
        )
        people.administration.before_deletion.append(self.enrolment.forget_workspace)
        people.administration.before_deletion.append(self.operations.forget_workspace)
        people.administration.before_deletion.append(self.metrics.history.remove_workspace)
        for subscriber in (
            self.node_authentication,
            self.reconciler,
            self.dispatch,
            self.certificates,
            people,
            self.records,
            self.metrics,
        ):
            subscriber.subscribe(bus)
        bus.subscribe(NodeRevoked, self.presence.forget)

    @classmethod
    async def make(
        cls,
        config: ControlPlaneConfig,
        directory: DataDirectory,
        database: Database,
        bus: EventBus,
        clock: Clock,
        sources: Mapping[str, str],
    ) -> _Appliance:
        (directory.pki).mkdir(mode=0o700, exist_ok=True)
        mesh_setup = await trio.to_thread.run_sync(_set_up_mesh, config, directory)
        keyring = await database.read(
            lambda tx: open_keyring(tx, SEALED_COLUMNS, directory.master_key, config.master_key_file)
        )
        appliance = cls(config, directory, database, bus, clock, mesh_setup, keyring)
        appliance.itself = Appliance(
            database,
            clock,
            config,
            sources,
            directory,
            appliance.authority.ca_file,
            Path(config.tls_cert) if config.tls_cert else appliance.authority.server_certificate_file,
        )
        appliance.people.sign_in.first_run.on_done.append(directory.forget_setup_token)
        await appliance.records.load()
        await database.write(appliance.people.organizations.ensure_default)
        if mesh_setup.identity:
            await database.read(appliance.members.check_overlay)
        await appliance.people.load()
        await appliance.presence.load()
        await appliance.metrics.history.load()
        await appliance.dispatch.load()
        await appliance.certificates.load(database)
        await appliance.node_authentication.load()
        return appliance

    def _store_facts(self, tx: object, node_id: str, result: object) -> None:
        self.nodes.update_facts(tx, node_id, msgspec.convert(result, Facts))  # type: ignore[arg-type]

    async def serve(self, stop: trio.Event, task_status: trio.TaskStatus[Serving]) -> None:
        await self.reconciler.start()
        async with AsyncExitStack() as stack:
            self.listeners.open(stack)
            nursery = await stack.enter_async_context(trio.open_nursery())
            nursery.start_soon(_watch_signals, stop)
            for background in (
                self.reconciler.run,
                self.presence.run,
                self.dispatch.run,
                self.polls.run,
                self.token_expiry.run,
                self.reencryption.run,
                self._keep_house,
            ):
                nursery.start_soon(background)
            self.metrics.start(nursery)
            self.records.start(nursery)
            self.people.correspondence.start(nursery)
            paths = self._agent_paths(nursery)
            await self.listeners.serve(
                nursery, paths, self.enrolment, self.certificates, self._application(), stop
            )
            await self._tell(nursery, task_status)
            await stop.wait()
            notify("STOPPING=1")
            self.ready = False
            nursery.cancel_scope.cancel()

    async def _tell(self, nursery: trio.Nursery, task_status: trio.TaskStatus[Serving]) -> None:
        self.ready = True
        serving = await self._serving()
        self.directory.forget_setup_token()
        self.directory.note_running(Running(serving.api, serving.agent_api, serving.mesh, serving.public_url))
        gc.collect()
        gc.freeze()
        notify(f"READY=1\nSTATUS=serving {serving.api}")
        nursery.start_soon(keep_watchdog)
        task_status.started(serving)

    async def _serving(self) -> Serving:
        host, port = listen_address(self.config)
        return Serving(
            api=url("127.0.0.1" if is_wildcard(host) else host, port),
            agent_api=self.addresses.agent_api,
            mesh=self.mesh_setup.mode,
            mesh_note=self.mesh_setup.note,
            public_url=_public_url(self.config),
            setup_token=await self.people.sign_in.first_run.offer(),
        )

    def _agent_paths(self, background: trio.Nursery) -> AgentPaths:
        authentication = self.node_authentication
        paths = AgentPaths(
            self.database,
            self.presence,
            self.dispatch,
            self.delivery,
            self.members,
            self.publication,
            self.polls,
            self.enrolment,
            lambda: to_seconds(self.clock.now()),
            background,
            waiting=authentication.waiting.nodes,
            unused_keys=authentication.index.unused,
            history=self.metrics.history,
        )
        authentication.attend(paths)
        return paths

    def _application(self) -> QuartTrio:
        routes = api_routes(
            self.people,
            self.records,
            self.secrets,
            self.master_keys,
            self.nodes,
            self.enrolment,
            self.tasks,
            self.mesh,
            self.itself,
            self.operations,
            self.metrics,
        )
        proxies = configuration.networks(self.config.trusted_proxies, "trusted_proxies")
        origins = words(self.config.cors_origins)
        door = Door(
            self.people.recognisers,
            self.idempotency,
            limits=Limits(self.config.rate_limit_per_address, self.config.rate_limit_per_key),
            proxies=proxies,
            refused=self.records.refused,
        )
        application = make_application(routes, door, cors_origins=origins)
        EventSockets(
            self.records.events,
            door.authenticated,
            admit=door.admit,
            proxies=proxies,
            allowed_origins=origins,
            heard=lambda: self.presence.heartbeats,
        ).add_to(application)
        add_public_paths(
            application,
            door,
            ca_pem=self.authority.certificate_pem,
            enrolment=self.enrolment,
            is_ready=lambda: self.ready,
            console=_console_reach(self.config, self.mesh_setup),
        )
        return application

    async def _keep_house(self) -> None:
        """What has to be done now and then."""
        while True:
            await trio.sleep(HOUSEKEEPING_INTERVAL_S)
            try:
                await self.people.keep_house()
                await self.idempotency.keep_house()
                await self.database.write(self.members.forget_tombstones)
            except Exception:
                log.exception("housekeeping failed; trying again in a minute")


def api_routes(
    people: People,
    records: RecordKeeping,
    secrets: Secrets,
    master_keys: MasterKeys,
    nodes: Nodes,
    enrolment: Enrolment,
    tasks: Tasks,
    mesh: Mesh,
    appliance: Appliance,
    operations: Operations,
    metrics: MetricServices,
) -> list[Route]:
    """Every route of the REST API."""
    return with_reference(
        [
            *people.routes(),
            *records.routes(),
            *secret_routes.routes(secrets, master_keys),
            *node_routes.routes(nodes),
            *enrolment_routes.routes(enrolment),
            *task_routes.routes(tasks),
            *operation_routes.routes(operations),
            *mesh_routes.routes(mesh),
            *appliance_routes.routes(appliance),
            *metrics.routes(),
        ]
    )


async def _watch_signals(stop: trio.Event) -> None:
    """SIGTERM and SIGINT stop; only the main thread may listen for them."""
    try:
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _number in signals:
                stop.set()
    except RuntimeError:
        return


def _set_up_mesh(config: ControlPlaneConfig, directory: DataDirectory) -> _MeshSetup:
    """The device is opened, not yet made. `auto` serves without a mesh where there can be none."""
    if config.mesh == "off":
        return _MeshSetup(note="the mesh is off: nodes are reached over plain TLS")
    try:
        device = open_device(config.mesh, config.interface)
    except MeshUnavailable as error:
        if config.mesh != "auto":
            raise
        return _MeshSetup(note=f"no mesh: {error.line()}")
    network = overlay_network(config.overlay)
    check_no_collision(network, local_routes([config.interface]))
    private = mesh_key.load_or_create(directory.mesh_key)
    address = control_plane_address(network)
    base = Interface(
        name=config.interface,
        private_key=private,
        listen_port=wireguard_port(config),
        addresses=(f"{address}/{network.prefixlen}",),
    )
    identity = MeshIdentity(
        public_key=public_key(private),
        endpoint=wireguard_endpoint(config),
        overlay=config.overlay,
        address=address,
        prefix_length=network.prefixlen,
    )
    return _MeshSetup(device, base, identity)


def _console_reach(config: ControlPlaneConfig, mesh_setup: _MeshSetup) -> MeshOnly | None:
    if config.listen_console == "all":
        return None
    if mesh_setup.identity is None:
        raise UsageError(
            f"listen_console = mesh needs a mesh. {mesh_setup.note}",
            next_step="Or set listen_console to all.",
        )
    address = mesh_setup.identity.address
    log.info("the dashboard is there over the mesh alone, at %s", url(address, listen_address(config)[1]))
    proxies = configuration.networks(config.trusted_proxies, "trusted_proxies")
    return MeshOnly(address, overlay_network(config.overlay), proxies)


def _addresses(config: ControlPlaneConfig, mesh_setup: _MeshSetup) -> Addresses:
    host, port = advertised_host(config), listen_address(config)[1]
    agent_host = mesh_setup.identity.address if mesh_setup.identity else host
    return Addresses(hosts=(host,), port=port, agent_api=url(agent_host, config.agent_port))


def _public_url(config: ControlPlaneConfig) -> str:
    return url(advertised_host(config), listen_address(config)[1])


def _identity_settings(config: ControlPlaneConfig) -> IdentitySettings:
    host, port = advertised_host(config), listen_address(config)[1]
    origins = words(config.cors_origins)
    return IdentitySettings(host=host, party=relying_party(host, port, origins), origins=origins)


def _further_trust(config: ControlPlaneConfig) -> tuple[bytes, ...]:
    if not config.tls_cert:
        return ()
    try:
        return authority.certificates_der(Path(config.tls_cert))
    except (OSError, ValueError) as error:
        raise UsageError(f"tls_cert: {config.tls_cert} cannot be read: {error}") from None
