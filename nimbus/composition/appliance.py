"""A control plane from its start to its end: the wings joined, loaded, served, stopped."""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import msgspec
import trio

from nimbus.appliance.exposition import Exposition
from nimbus.appliance.retention import Retention
from nimbus.appliance.service import Appliance
from nimbus.appliance.settings import ChangingSettings
from nimbus.composition.access_logs import AccessLogParts
from nimbus.composition.api import Wings, api_application
from nimbus.composition.bootstrap import local_verbs
from nimbus.composition.certificates import CertificateParts
from nimbus.composition.correspondence import Correspondence
from nimbus.composition.edge import EdgeWing
from nimbus.composition.edge_objects import EdgeObjectParts
from nimbus.composition.figures import Figures, of_connections
from nimbus.composition.fleet import Fleet
from nimbus.composition.foundation import Foundation, lay_foundation
from nimbus.composition.generation import NewerKnown, note_watermark, settle_generation
from nimbus.composition.held_directory import held
from nimbus.composition.identity import IdentitySettings, relying_party
from nimbus.composition.listeners import Listeners
from nimbus.composition.local_control import serve_local
from nimbus.composition.mesh_setup import MeshSetup, set_up_mesh
from nimbus.composition.node_authentication import NodeAuthentication
from nimbus.composition.people import People
from nimbus.composition.places import Occupants, Places
from nimbus.composition.records import RecordKeeping
from nimbus.composition.relayed_events import RELAYED
from nimbus.composition.retention import retention_lines
from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.composition.several import begin_with_others, recorded_and_told, start_leading
from nimbus.composition.trust import Trust
from nimbus.db.database import open_database
from nimbus.db.generation import Generation
from nimbus.db.relay import Relay
from nimbus.fleet.node_section.outside import OutsideSections
from nimbus.fleet.nodes.credentials.store import has_certificates
from nimbus.kernel.clock import Clock, SystemClock
from nimbus.kernel.errors import Unavailable
from nimbus.kernel.events import EventBus
from nimbus.kernel.ids import new_id
from nimbus.people.identity.records import ControlPlaneMark
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.logs import set_log_level
from nimbus.protocol.service_notify import keep_watchdog, notify
from nimbus.protocol.settings import words
from nimbus.records.event_log.recorder import record_changes
from nimbus.settings import configuration
from nimbus.settings.addresses import advertised_host, is_wildcard, listen_address, public_url, url
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory, Running, open_data_directory
from nimbus.settings.live import LiveSettings
from nimbus.trust.pki import authority as certificates
from nimbus.trust.pki.authority import Authority
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.opening import open_keyring

EXPIRY_INTERVAL_S = 60.0
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


async def run_control_plane(
    config: ControlPlaneConfig,
    *,
    clock: Clock | None = None,
    stop: trio.Event | None = None,
    sources: Mapping[str, str] | None = None,
    with_others: bool = False,
    task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stop` is set or the process gets SIGTERM or SIGINT; ends within 5 s, checkpointed. `sources`:
    where each setting came from. `with_others`: other control planes may serve the same database."""
    configuration.check(config)
    clock = clock or SystemClock()
    stop = trio.Event() if stop is None else stop
    directory = open_data_directory(config.data_dir)
    location = directory.database_location(config.database, config.database_password_file)
    async with AsyncExitStack() as stack:
        # With others on the file a log is theirs too.
        stack.enter_context(directory.lock() if with_others else held(directory))
        bus = EventBus()
        relay = Relay(new_id(), RELAYED, bus, clock) if with_others or config.database else None
        before_commit = record_changes if relay is None else recorded_and_told(relay)
        database = await stack.enter_async_context(
            open_database(location, bus, clock, before_commit=before_commit)
        )
        several = None if relay is None else await begin_with_others(relay, database)
        certificates.check_not_lost(directory.pki, is_needed=await database.read(has_certificates))
        directory.pki.mkdir(mode=0o700, exist_ok=True)
        mesh_setup = await trio.to_thread.run_sync(set_up_mesh, config, directory)
        keyring = await database.read(
            lambda tx: open_keyring(tx, SEALED_COLUMNS, directory.master_key, config.master_key_file)
        )
        foundation = lay_foundation(database, bus, clock, keyring, several)
        generation = await settle_generation(database, directory)
        control_plane = _ControlPlane(
            config, directory, foundation, keyring, mesh_setup, generation, sources or {}
        )
        await control_plane.load()
        await control_plane.serve(stop, task_status)
        try:
            await control_plane.wings.records.witness.look()
            await note_watermark(database, directory)
        except Unavailable as error:
            log.warning("how far the database has come was not noted: %s", error)
    log.info("stopped")


class _ControlPlane:
    def __init__(
        self,
        config: ControlPlaneConfig,
        directory: DataDirectory,
        foundation: Foundation,
        keyring: Keyring,
        mesh_setup: MeshSetup,
        generation: Generation,
        sources: Mapping[str, str],
    ) -> None:
        self.newer_known = NewerKnown(generation)
        self.generation = generation.number
        self.config, self.directory, self.foundation = config, directory, foundation
        self.live = LiveSettings(config, sources)
        self.log_level = config.log_level
        self.mesh_setup = mesh_setup
        authority = certificates.load_or_create(directory.pki, foundation.clock.now())
        self.wings = join_wings(
            self.live, directory, foundation, keyring, authority, mesh_setup, sources, self.generation
        )
        self.node_authentication = NodeAuthentication(
            config,
            foundation,
            self.wings.fleet,
            self.wings.edge,
            self.newer_known.served(authority),
            has_mesh=mesh_setup.identity is not None,
            take_logs=self.wings.access_logs.intake.take,
        )
        self.listeners = Listeners(
            config, authority, foundation.clock, self.node_authentication, mesh_setup.overlay_address
        )
        self.listeners.subscribe(foundation.bus)
        self.wings.exposition.add(lambda: of_connections(self.listeners.connections))
        self.live.follow(self._take)
        self.ready = False

    def _take(self, config: ControlPlaneConfig) -> None:
        """What may change while it runs; the door takes the limits itself."""
        for part in (self.wings.records, self.wings.fleet, self.wings.access_logs, self.node_authentication):
            part.take(config)
        self.wings.people.sign_in.require_second_factor(config.require_second_factor)
        self.wings.retention.keep(retention_lines(config), config.backups_kept)
        if config.log_level != self.log_level:
            set_log_level(config.log_level)
        self.log_level = config.log_level

    async def load(self) -> None:
        """What is kept in memory, from the database."""
        wings = self.wings
        await wings.settings.load()
        await wings.records.load()
        await self.foundation.database.write(wings.people.organizations.ensure_default)
        await wings.people.load()
        await wings.fleet.load()
        await wings.edge.load()
        await self.node_authentication.load()

    async def serve(self, stop: trio.Event, task_status: trio.TaskStatus[Serving]) -> None:
        wings = self.wings
        await wings.fleet.reconciler.start()
        async with AsyncExitStack() as stack:
            self.listeners.open(stack)
            nursery = await stack.enter_async_context(trio.open_nursery())
            nursery.start_soon(_watch_signals, stop)
            nursery.start_soon(self.foundation.database.watch)
            nursery.start_soon(self.newer_known.wait)
            nursery.start_soon(wings.settings.run)
            nursery.start_soon(self._remove_expired)
            for wing in (wings.fleet, wings.trust, wings.records, wings.access_logs):
                wing.start(nursery)
            self.node_authentication.start(nursery)
            await start_leading(nursery, self.foundation, wings.trust.authority, self._lead)
            application = api_application(
                wings, self.live, self.mesh_setup, self._outside_sections(), self._is_ready
            )
            await self.listeners.serve(nursery, application, stop)
            await nursery.start(serve_local, self.directory.root, local_verbs(self.foundation))
            await self._announce(nursery, task_status)
            await stop.wait()
            notify("STOPPING=1")
            self.ready = False
            nursery.cancel_scope.cancel()

    def _outside_sections(self) -> OutsideSections:
        fleet, foundation = self.wings.fleet, self.foundation
        return OutsideSections(
            foundation.database,
            foundation.clock,
            fleet.nodes,
            fleet.session_keys,
            fleet.node_sections,
            self.wings.trust.authority,
            fleet.revoked.listed,
            fleet.sources.check,
            self.generation,
        )

    def _lead(self, nursery: trio.Nursery) -> None:
        """What one control plane does for all on its database."""
        wings = self.wings
        for wing in (
            wings.fleet,
            wings.edge,
            wings.certificates,
            wings.trust,
            wings.records,
            wings.correspondence,
        ):
            wing.lead(nursery)
        nursery.start_soon(wings.retention.run)

    async def _is_ready(self) -> bool:
        return self.ready and await self.foundation.database.answers()

    async def _announce(self, nursery: trio.Nursery, task_status: trio.TaskStatus[Serving]) -> None:
        self.ready = True
        serving = await self._serving()
        self.directory.forget_setup_token()
        self.directory.note_running(Running(serving.api, serving.agent_api, serving.mesh, serving.public_url))
        gc.collect()
        gc.freeze()
        notify(f"READY=1\nSTATUS=serving {serving.api}")
        nursery.start_soon(keep_watchdog, self.foundation.database.check)
        task_status.started(serving)

    async def _serving(self) -> Serving:
        host, port = listen_address(self.config)
        return Serving(
            api=url("127.0.0.1" if is_wildcard(host) else host, port),
            agent_api=self.wings.fleet.addresses.agent_api,
            mesh=self.mesh_setup.mode,
            mesh_note=self.mesh_setup.note,
            public_url=public_url(self.config),
            setup_token=await self.wings.people.sign_in.first_run.offer(),
        )

    async def _remove_expired(self) -> None:
        wings = self.wings
        attempts = Attempts(log, "what has expired could not be removed", "trying again in a minute")
        while True:
            await trio.sleep(EXPIRY_INTERVAL_S)
            with attempts:
                for wing in (wings.people, wings.correspondence, wings.records, wings.fleet, wings.edge):
                    await wing.remove_expired()
                await note_watermark(self.foundation.database, self.directory)
                await self.node_authentication.remove_expired()


def join_wings(
    live: LiveSettings,
    directory: DataDirectory,
    foundation: Foundation,
    keyring: Keyring,
    authority: Authority,
    mesh_setup: MeshSetup,
    sources: Mapping[str, str],
    generation: int,
) -> Wings:
    config = live.started
    people = People(
        foundation,
        _identity_settings(live),
        base_url=public_url(config),
        on_set_up=(directory.forget_setup_token,),
    )
    organizations = people.organizations
    records = RecordKeeping(
        foundation, organizations, config, witness_file=directory.audit_witness, generation=generation
    )
    correspondence = Correspondence(foundation, people, records.trail)
    trust = Trust(foundation, organizations, authority, keyring)
    fleet = Fleet(foundation, organizations, authority, config, mesh_setup, directory.artifacts)
    edge = EdgeWing(foundation, organizations, fleet)
    certificate_parts = CertificateParts(foundation, organizations, fleet.nodes, edge, config)
    edge_objects = EdgeObjectParts(foundation, organizations, fleet.nodes, certificate_parts.find)
    edge.know_objects(edge_objects.neighbours)
    access_logs = AccessLogParts(
        foundation,
        organizations,
        fleet.nodes,
        edge.sections,
        edge_objects.virtual_hosts.objects,
        config,
        directory.access_logs,
    )
    occupants = _all_occupants(edge_objects, certificate_parts, edge, fleet, trust)
    places = Places(foundation, people, correspondence, occupants)
    retention = Retention(
        foundation.database, foundation.clock, retention_lines(config), directory.backups, config.backups_kept
    )
    policy = people.sign_in.factor_policy
    settings = ChangingSettings(
        foundation.database,
        foundation.clock,
        foundation.audit,
        live,
        sources,
        before_requiring_factors=policy.check_own,
        locked_out=policy.consequence,
    )
    settings.subscribe(foundation.bus)
    appliance = Appliance(
        foundation.database,
        foundation.clock,
        settings,
        directory,
        authority.ca_file,
        Path(config.tls_cert) if config.tls_cert else authority.server_certificate_file,
        retention,
    )
    exposition = Exposition(foundation.clock, is_public=config.metrics_access == "all")
    exposition.add(Figures(foundation, fleet, appliance).families)
    return Wings(
        people,
        correspondence,
        places,
        records,
        trust,
        fleet,
        edge,
        edge_objects,
        appliance,
        settings,
        retention,
        exposition,
        access_logs,
        certificate_parts,
    )


class _Inhabited(Protocol):
    """A part with something that lives in workspaces."""

    def occupants(self) -> Occupants: ...


def _all_occupants(*parts: _Inhabited) -> Occupants:
    groups = [part.occupants() for part in parts]
    return Occupants(
        first=tuple(occupant for group in groups for occupant in group.first),
        last=tuple(occupant for group in groups for occupant in group.last),
        before_deletion=tuple(forget for group in groups for forget in group.before_deletion),
        after_placing=tuple(follow for group in groups for follow in group.after_placing),
    )


def _identity_settings(live: LiveSettings) -> IdentitySettings:
    config = live.started
    host, port = advertised_host(config), listen_address(config)[1]
    origins = words(config.cors_origins)

    def mark() -> ControlPlaneMark:
        return ControlPlaneMark(live.current.display_name, live.current.display_color)

    return IdentitySettings(host=host, party=relying_party(host, port, origins), origins=origins, mark=mark)


async def _watch_signals(stop: trio.Event) -> None:
    """SIGTERM and SIGINT stop; only the main thread may listen for them."""
    try:
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _number in signals:
                stop.set()
    except RuntimeError:
        return
