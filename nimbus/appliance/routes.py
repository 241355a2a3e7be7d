"""REST routes of what a control plane says of itself."""

from __future__ import annotations

from nimbus.appliance.records import ApplianceView
from nimbus.appliance.service import Appliance
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route


def routes(appliance: Appliance) -> list[Route]:
    return [
        Route(
            "GET",
            "/api/v1/settings",
            lambda call: appliance.show(call.actor),
            Permission.SETTINGS_READ,
            "Show the control plane's settings, versions, certificates and database",
            answer=ApplianceView,
        )
    ]
