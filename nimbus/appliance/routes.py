"""REST routes of what a control plane says of itself."""

from __future__ import annotations

from nimbus.appliance.records import ApplianceView, SettingsPatch, SettingsView
from nimbus.appliance.service import Appliance
from nimbus.appliance.settings import ChangingSettings
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route


def routes(appliance: Appliance, settings: ChangingSettings) -> list[Route]:
    return [
        Route(
            "GET",
            "/api/v1/settings",
            lambda call: appliance.show(call.actor),
            Permission.SETTINGS_READ,
            "Show the control plane's settings, versions, certificates and database",
            answer=ApplianceView,
        ),
        Route(
            "PATCH",
            "/api/v1/settings",
            lambda call: settings.change(call.actor, call.body),
            Permission.SETTINGS_WRITE,
            "Change settings that need no restart",
            body=SettingsPatch,
            answer=SettingsView,
            changes=True,
            description="Only settings that no file, variable or flag sets: those take precedence. `null` restores "
            "the default. Every control plane of the database applies the change within a second. A change that "
            "deletes data or allows more needs `confirm`. Needs settings:write on the whole control plane.",
        ),
    ]
