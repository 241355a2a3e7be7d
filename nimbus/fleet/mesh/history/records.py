"""Types of the mesh's history."""

from __future__ import annotations

from typing import Annotated

import msgspec

from nimbus.kernel.clock import MICROSECONDS
from nimbus.kernel.shapes import Moment, whole
from nimbus.records.audit.moments import from_rfc3339

MAX_STEP_S = 24 * 3600
_MAX_MOMENT = 253_402_300_800 * MICROSECONDS
Points = list[float | None]


class HistoryQuery(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Two members, by name or id; `control-plane` is one too. `since` and `until` are RFC 3339; without them the
    last 24 hours. `step` in seconds; 0: as fine as there is, in at most about 1,000 points."""

    from_: str
    to: str
    since: Moment | None = None
    until: Moment | None = None
    step: Annotated[int, whole(0, MAX_STEP_S)] = 0

    def __post_init__(self) -> None:
        if not 0 <= self.step <= MAX_STEP_S:
            raise ValueError(f"step must be from 0 to {MAX_STEP_S}")
        for field, text in (("since", self.since), ("until", self.until)):
            if text is not None:
                try:
                    if not 0 <= from_rfc3339(text) < _MAX_MOMENT:
                        raise ValueError("there is no such time here")
                except ValueError as error:
                    raise ValueError(f"{field}: {error}") from None


class HistoryWay(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One direction, measured by the node that it leads from: a value for each of the timestamps. `rtt_ms` null:
    nothing was measured in that step, as while the way was idle, or nothing came back; `sent` are echo requests,
    of which `loss_percent` were not answered, null where none were sent."""

    from_: str
    to: str
    rtt_ms: Points
    loss_percent: Points
    sent: list[int]


class MeshHistory(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Columns for a chart. `timestamps` are Unix seconds at which steps of `step` seconds begin; `resolution` is
    that of what they are made of, in seconds. The control plane measures nothing: of a pair with it there is one
    way."""

    from_: str
    to: str
    since: str
    until: str
    step: int
    resolution: int
    timestamps: list[int]
    ways: list[HistoryWay]
