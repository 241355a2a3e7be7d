"""REST routes of destinations of the audit log."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route
from nimbus.records.destinations.records import (
    CreatedDestination,
    DestinationPatch,
    DestinationQuery,
    DestinationRequest,
    DestinationTest,
    DestinationView,
)
from nimbus.records.destinations.service import Destinations

_DESTINATION = Collection(
    "/api/v1/audit-destinations",
    "destination",
    DestinationView,
    reads=Permission.SETTINGS_READ,
    writes=Permission.SETTINGS_WRITE,
)


def routes(destinations: Destinations) -> list[Route]:
    return [
        _DESTINATION.list(
            destinations.list, DestinationQuery, "List where the audit log is sent, and how far each is"
        ),
        _DESTINATION.create(
            destinations.create,
            DestinationRequest,
            "Send the audit log to a syslog server or a webhook",
            answer=CreatedDestination,
        ),
        _DESTINATION.show(destinations.show, "Show a destination of the audit log"),
        _DESTINATION.change(destinations.change, DestinationPatch, "Change a destination of the audit log"),
        _DESTINATION.delete(destinations.delete, "Stop sending the audit log to a destination"),
        _DESTINATION.action(
            "/test", destinations.test, "Send a test row, and see how each step goes", answer=DestinationTest
        ),
    ]
