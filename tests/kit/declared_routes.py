"""Every route that the control plane declares, without one that runs: handlers close over their services, and none
is called here."""

from __future__ import annotations

import inspect
from typing import Any

from nimbus.composition.appliance import api_routes
from nimbus.composition.correspondence import Correspondence
from nimbus.composition.people import People
from nimbus.composition.records import RecordKeeping
from nimbus.fleet.metrics.composition import MetricServices
from nimbus.kernel.routing import Route
from nimbus.people.identity.composition import IdentityServices
from nimbus.people.single_sign_on.composition import SingleSignOn

# What joins several services has their routes: those are the real ones. By the name that it goes by.
JOINED: dict[str, Any] = {
    "people": People,
    "records": RecordKeeping,
    "sign_in": IdentityServices,
    "correspondence": Correspondence,
    "single_sign_on": SingleSignOn,
    "metrics": MetricServices,
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
    return api_routes(*map(stand_in, inspect.signature(api_routes).parameters))
