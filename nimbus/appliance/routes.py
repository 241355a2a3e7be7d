"""REST routes of what a control plane says of itself."""

from __future__ import annotations

from nimbus.appliance.records import ApplianceView
from nimbus.appliance.service import Appliance
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Route


def routes(appliance: Appliance) -> list[Route]:
    async def show(call: Call) -> Answer:
        return Answer(await appliance.show(call.actor))

    return [
        Route(
            "GET",
            "/api/v1/settings",
            show,
            Permission.SETTINGS_READ,
            "Show the control plane's settings, versions, certificates and database",
            answer=ApplianceView,
        )
    ]
