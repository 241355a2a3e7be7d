"""Every route that the control plane declares, without one that runs: handlers close over their services, and none
is called here."""

from __future__ import annotations

import inspect
from typing import Any

from nimbus.app import api_routes
from nimbus.audit import routes as audit_routes
from nimbus.event_log import routes as event_routes
from nimbus.identity import auth_routes
from nimbus.identity import routes as user_routes
from nimbus.keys import routes as key_routes
from nimbus.organizations import routes as organization_routes
from nimbus.roles import routes as role_routes
from nimbus.routing import Route


class _Nothing:
    """Stands where a service would."""

    def __getattr__(self, name: str) -> Any:
        return _Nothing()


class _Records(_Nothing):
    def routes(self) -> list[Route]:
        nothing: Any = _Nothing()
        return [*audit_routes.routes(nothing), *event_routes.routes(nothing)]


class _People(_Nothing):
    def routes(self) -> list[Route]:
        nothing: Any = _Nothing()
        return [
            *organization_routes.routes(nothing),
            *role_routes.routes(nothing, nothing, nothing),
            *key_routes.routes(nothing),
            *user_routes.routes(nothing, nothing, nothing),
            *auth_routes.routes(nothing, nothing, nothing),
        ]


def declared_routes() -> list[Route]:
    stand_ins = {"records": _Records, "people": _People}
    parameters = inspect.signature(api_routes).parameters
    services: Any = [stand_ins.get(name, _Nothing)() for name in parameters]
    return api_routes(*services)
