"""REST routes of what a control plane says of itself."""

from __future__ import annotations

from nimbus.appliance.exposition import Exposition
from nimbus.appliance.records import ApplianceView, SettingsPatch, SettingsView
from nimbus.appliance.service import Appliance
from nimbus.appliance.settings import ChangingSettings
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Open, Raw, Route


def exposition_route(exposition: Exposition, *, is_public: bool) -> Route:
    """Below no version of the API: where Prometheus looks for it."""
    return Route(
        "GET",
        "/metrics",
        lambda call: exposition.show(call.actor),
        Open.PUBLIC if is_public else Permission.AGENT_READ,
        "Show metrics of the control plane for Prometheus",
        answer=Raw,
        media={"text/plain": str},
        reason="metrics_access is set to all" if is_public else "",
        description="Prometheus's text format, version 0.0.4. Needs agent:read on the whole control plane, unless "
        "`metrics_access` is `all`. A key can come as a bearer token. Gathered at most once in 5 seconds.",
    )


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
