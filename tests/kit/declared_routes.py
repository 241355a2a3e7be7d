"""Every route that the control plane declares, without one that runs: handlers close over their services, and none
is called here."""

from __future__ import annotations

from typing import Any

from nimbus.composition.access_logs import AccessLogParts
from nimbus.composition.api import Wings, api_routes
from nimbus.composition.artifacts import ArtifactParts
from nimbus.composition.certificates import CertificateParts
from nimbus.composition.correspondence import Correspondence
from nimbus.composition.edge import EdgeWing
from nimbus.composition.edge_objects import EdgeObjectParts
from nimbus.composition.fleet import Fleet
from nimbus.composition.identity import IdentityServices
from nimbus.composition.people import People
from nimbus.composition.places import Places
from nimbus.composition.records import RecordKeeping
from nimbus.composition.single_sign_on import SingleSignOn
from nimbus.composition.trust import Trust
from nimbus.kernel.routing import Route

# What joins several services has their routes: those are the real ones. By the name that it goes by.
JOINED: dict[str, Any] = {
    "people": People,
    "places": Places,
    "records": RecordKeeping,
    "sign_in": IdentityServices,
    "correspondence": Correspondence,
    "single_sign_on": SingleSignOn,
    "trust": Trust,
    "fleet": Fleet,
    "edge": EdgeWing,
    "artifacts": ArtifactParts,
    "access_logs": AccessLogParts,
    "certificates": CertificateParts,
    "edge_objects": EdgeObjectParts,
}


class _Nothing:
    """Stands where a service would."""

    def __getattr__(self, name: str) -> Any:
        return stand_in(name)


class _Joined(_Nothing):
    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def routes(self) -> list[Route]:
        declared: list[Route] = self._kind.routes(_Nothing())
        return declared


def stand_in(name: str) -> Any:
    return _Joined(JOINED[name]) if name in JOINED else _Nothing()


def declared_routes() -> list[Route]:
    return api_routes(Wings(*map(stand_in, Wings.__struct_fields__)))
