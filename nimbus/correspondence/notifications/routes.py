"""REST routes of notifications."""

from __future__ import annotations

from collections.abc import Awaitable

from nimbus.correspondence.notifications.records import NotificationSettingsRequest, NotificationSettingsView
from nimbus.correspondence.notifications.service import Notifications
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Call, Route, Target

_APPLIANCE = "/api/v1/settings/notifications"
_ORGANIZATION = "/api/v1/organizations/{organization}/notifications"


def routes(notifications: Notifications) -> list[Route]:
    def show(call: Call) -> Awaitable[NotificationSettingsView]:
        return notifications.show(call.actor, call.path.get("organization", ""))

    def change(call: Call) -> Awaitable[NotificationSettingsView]:
        target = Target("the notification settings", if_match=call.if_match)
        return notifications.change(call.actor, target, call.body, call.path.get("organization", ""))

    return [
        Route(
            "GET",
            _APPLIANCE,
            show,
            Permission.SETTINGS_READ,
            "Show who is notified of everything",
            answer=NotificationSettingsView,
        ),
        Route(
            "PUT",
            _APPLIANCE,
            change,
            Permission.SETTINGS_WRITE,
            "Set who is notified of everything",
            body=NotificationSettingsRequest,
            answer=NotificationSettingsView,
            changes=True,
        ),
        Route(
            "GET",
            _ORGANIZATION,
            show,
            Permission.ORGANIZATION_WRITE,
            "Show who is notified of an organization",
            answer=NotificationSettingsView,
        ),
        Route(
            "PUT",
            _ORGANIZATION,
            change,
            Permission.ORGANIZATION_WRITE,
            "Set who is notified of an organization",
            body=NotificationSettingsRequest,
            answer=NotificationSettingsView,
            changes=True,
        ),
    ]
