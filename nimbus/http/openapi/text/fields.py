"""What each field and parameter means. A key is a field, or TYPE.FIELD where it means something else there."""

from __future__ import annotations

from nimbus.http.openapi.text import (
    appliance,
    correspondence,
    edge,
    edge_objects,
    everywhere,
    fleet,
    people,
    records,
    trust,
)

PARTS = (everywhere, people, trust, correspondence, records, fleet, edge, edge_objects, appliance)
FIELDS: dict[str, str] = {key: text for part in PARTS for key, text in part.FIELDS.items()}


def describe(kind: str, field: str) -> str:
    """ "" where nobody has said."""
    return FIELDS.get(f"{kind}.{field}") or FIELDS.get(field, "")
