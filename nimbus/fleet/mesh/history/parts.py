"""What nodes tell with their heartbeats of the ways that they have measured: what of it is believed. Pure.

A node may say anything. What it says is about its own ways alone; more than an honest one says is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from nimbus.fleet.mesh.history.blocks import FINE, Figure, together
from nimbus.fleet.mesh.measurement import links_of
from nimbus.kernel.clock import MICROSECONDS
from nimbus.protocol.messages import (
    MEASURED_BYTES_LIMIT,
    MEASURED_WAYS_LIMIT,
    MEASURED_WHOLE_LIMIT,
    Link,
    MeshProbeResult,
)

# Of one part, unpacked.
MOST_BYTES = 128 * MEASURED_WAYS_LIMIT
# What was measured longer ago than this says nothing of now.
OLDEST_S = 600
MOST_ECHOES = 100
LONGEST_TRIP_MS = 60_000.0


class Told(NamedTuple):
    """A part, and when it came (microseconds)."""

    at: int
    result: MeshProbeResult


Steps = dict[int, dict[int, Figure]]
"""By the beginning of a step, and by place, what was measured in it."""


class Read(NamedTuple):
    """The newest link of each place, with its `ago_s` before the moment of reading; `problem` is why something
    could not be read, "" where all could."""

    newest: dict[int, Link]
    steps: Steps
    problem: str


def is_too_large(result: MeshProbeResult) -> bool:
    return len(result.packed) > MEASURED_BYTES_LIMIT or len(result.links) > MEASURED_WHOLE_LIMIT


def read(parts: Iterable[Told], places: Mapping[str, int], base: int, now: int) -> Read:
    """`places` and `base` as for `measurement.take_in`; `now` in microseconds."""
    newest: dict[int, Link] = {}
    steps: dict[int, dict[int, list[Figure]]] = {}
    problem = ""
    for told in parts:
        try:
            links = links_of(told.result, places, base, MOST_BYTES)
        except ValueError as error:
            problem = str(error)
            continue
        for place, link in list(links.items())[:MEASURED_WAYS_LIMIT]:
            if not 0 <= link.ago_s <= OLDEST_S:
                continue
            measured_at = told.at - link.ago_s * MICROSECONDS
            ago_s = max(0, now - measured_at) // MICROSECONDS
            if place not in newest or ago_s <= newest[place].ago_s:
                newest[place] = msgspec.structs.replace(link, ago_s=ago_s)
            figure = _figure(link)
            if figure is not None:
                step = FINE.step_start(measured_at / MICROSECONDS)
                steps.setdefault(step, {}).setdefault(place, []).append(figure)
    return Read(newest, {step: _summed(ways) for step, ways in steps.items()}, problem)


def _figure(link: Link) -> Figure | None:
    """None where nothing was sent, or what nobody measures is told."""
    if link.idle or not 0 < link.sent <= MOST_ECHOES or not 0 <= link.lost <= link.sent:
        return None
    if link.lost == link.sent:
        return Figure(None, link.sent, link.lost)
    if link.rtt_ms is None or not 0 <= link.rtt_ms <= LONGEST_TRIP_MS:
        return None
    return Figure(link.rtt_ms, link.sent, link.lost)


def _summed(ways: Mapping[int, list[Figure]]) -> dict[int, Figure]:
    sums = ((place, together(figures)) for place, figures in ways.items())
    return {place: figure for place, figure in sums if figure is not None}


def joined(steps: Steps, more: Steps) -> Steps:
    """Both together; neither is changed."""
    made = {step: dict(ways) for step, ways in steps.items()}
    for step, ways in more.items():
        into = made.setdefault(step, {})
        for place, figure in ways.items():
            sums = together([into[place], figure]) if place in into else figure
            into[place] = sums or figure
    return made
