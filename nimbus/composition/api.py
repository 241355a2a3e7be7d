"""The operators' side: every route of the REST API, and the application that serves them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from quart_trio import QuartTrio

from nimbus.appliance import routes as appliance_routes
from nimbus.appliance.exposition import Exposition
from nimbus.appliance.retention import Retention
from nimbus.appliance.service import Appliance
from nimbus.appliance.settings import ChangingSettings
from nimbus.composition.access_logs import AccessLogParts
from nimbus.composition.certificates import CertificateParts
from nimbus.composition.correspondence import Correspondence
from nimbus.composition.edge import EdgeWing
from nimbus.composition.edge_objects import EdgeObjectParts
from nimbus.composition.fleet import Fleet
from nimbus.composition.mesh_setup import MeshSetup
from nimbus.composition.people import People
from nimbus.composition.places import Places
from nimbus.composition.records import RecordKeeping
from nimbus.composition.trust import Trust
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.fleet.node_section.outside import OutsideSections
from nimbus.http.application import make_application
from nimbus.http.console_reach import MeshOnly
from nimbus.http.door import Door, Limits
from nimbus.http.public import add_public_paths
from nimbus.http.reference import with_reference
from nimbus.http.sockets.access_logs import LogSockets
from nimbus.http.sockets.events import EventSockets
from nimbus.http.wireguard_socket import WireGuardSockets
from nimbus.kernel.routing import Route, with_revisions
from nimbus.protocol.errors import UsageError
from nimbus.protocol.settings import words
from nimbus.settings import configuration
from nimbus.settings.addresses import listen_address, url
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.live import LiveSettings

log = logging.getLogger("nimbus.appliance")


class Wings(msgspec.Struct, frozen=True):
    """The joined slices, wing by wing."""

    people: People
    correspondence: Correspondence
    places: Places
    records: RecordKeeping
    trust: Trust
    fleet: Fleet
    edge: EdgeWing
    edge_objects: EdgeObjectParts
    appliance: Appliance
    settings: ChangingSettings
    retention: Retention
    exposition: Exposition
    access_logs: AccessLogParts
    certificates: CertificateParts


def api_routes(wings: Wings, *, has_public_metrics: bool = False) -> list[Route]:
    """Every route of the REST API."""
    routes = [
        *wings.places.routes(),
        *wings.people.routes(),
        *wings.correspondence.routes(),
        *wings.records.routes(),
        *wings.trust.routes(),
        *wings.fleet.routes(),
        *wings.edge.routes(),
        *wings.access_logs.routes(),
        *wings.edge_objects.routes(),
        *wings.certificates.routes(),
        *appliance_routes.routes(wings.appliance, wings.settings),
        appliance_routes.exposition_route(wings.exposition, is_public=has_public_metrics),
    ]
    return with_reference(with_revisions(routes))


def api_application(
    wings: Wings,
    live: LiveSettings,
    mesh_setup: MeshSetup,
    outside: OutsideSections,
    is_ready: Callable[[], Awaitable[bool]],
) -> QuartTrio:
    config = live.started
    proxies = configuration.networks(config.trusted_proxies, "trusted_proxies")
    origins = words(config.cors_origins)
    door = Door(
        wings.people.recognisers, wings.records.idempotency, proxies=proxies, refused=wings.records.refused
    )
    live.follow(lambda now: door.limit(Limits(now.rate_limit_per_address, now.rate_limit_per_key)))
    routes = api_routes(wings, has_public_metrics=wings.exposition.is_public)
    application = make_application(
        routes, door, cors_origins=origins, answered=wings.exposition.requests.note
    )
    presence = wings.fleet.presence
    EventSockets(
        wings.records.events,
        door.authenticated,
        admit=door.admit,
        proxies=proxies,
        allowed_origins=origins,
        clock=wings.people.clock,
        pulse_of=lambda: presence.heartbeats,
    ).add_to(application)
    LogSockets(
        wings.access_logs.service,
        door.authenticated,
        lambda: wings.records.events.hub.generation,
        admit=door.admit,
        proxies=proxies,
        allowed_origins=origins,
        clock=wings.people.clock,
    ).add_to(application)
    _add_wireguard(application, door, wings.fleet, proxies)
    add_public_paths(
        application,
        door,
        ca_pem=lambda: wings.trust.authority.certificate_pem,
        joining=wings.fleet.enrolment.joining,
        claims=wings.fleet.enrolment.claims,
        outside=outside,
        is_ready=is_ready,
        console=_console_reach(config, mesh_setup),
    )
    return application


def _add_wireguard(
    application: QuartTrio, door: Door, fleet: Fleet, proxies: Sequence[configuration.Network]
) -> None:
    ways = fleet.relaying.tls_ways
    if ways is None:
        return

    def admit(source: str) -> None:
        door.admit(source)
        door.admit_stranger(source)
        fleet.sources.check(source)

    WireGuardSockets(ways, admit, proxies).add_to(application)


def _console_reach(config: ControlPlaneConfig, mesh_setup: MeshSetup) -> MeshOnly | None:
    if config.listen_console == "all":
        return None
    address = mesh_setup.overlay_address
    if address is None:
        raise UsageError(
            f"listen_console = mesh needs a mesh. {mesh_setup.note}",
            next_step="Or set listen_console to all.",
        )
    log.info("the dashboard is there over the mesh alone, at %s", url(address, listen_address(config)[1]))
    proxies = configuration.networks(config.trusted_proxies, "trusted_proxies")
    return MeshOnly(address, overlay_network(config.overlay), proxies)
