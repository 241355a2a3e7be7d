"""Prometheus's text format, version 0.0.4: names, types and escapes; and that nothing is gathered too often."""

from __future__ import annotations

import pytest

from nimbus.appliance.exposition import KEEP_S, Exposition, Family, RequestCounts, text_of
from nimbus.kernel.access import ANONYMOUS
from nimbus.kernel.errors import Forbidden
from tests.kit.clock import SettableClock
from tests.kit.records import ADMIN


def test_text() -> None:
    states: dict[tuple[str, ...], float] = {("Online",): 3.0, ('a"b\\c\n',): 0.5}
    nodes = Family("nimbus_nodes", "gauge", "Nodes by state.", states, ("state",))
    seconds = Family("process_cpu_seconds_total", "counter", "CPU time used.", {(): 1234567890123.0})
    assert text_of([nodes, seconds]).splitlines() == [
        "# HELP nimbus_nodes Nodes by state.",
        "# TYPE nimbus_nodes gauge",
        'nimbus_nodes{state="Online"} 3',
        r'nimbus_nodes{state="a\"b\\c\n"} 0.5',
        "# HELP process_cpu_seconds_total CPU time used.",
        "# TYPE process_cpu_seconds_total counter",
        "process_cpu_seconds_total 1234567890123",
    ]


async def test_a_caller_makes_no_labels() -> None:
    counts = RequestCounts()
    for method in ("GET", "GET", "X1", "X2"):
        counts.note(method, 200)
    [family] = await counts.families()
    assert family.samples == {("GET", "200"): 2, ("other", "200"): 2}


async def test_it_is_gathered_once_in_a_while_and_for_who_may() -> None:
    clock, gathered = SettableClock(), []
    exposition = Exposition(clock, is_public=False)

    async def source() -> list[Family]:
        gathered.append(1)
        return [Family("nimbus_turns_total", "counter", "Turns.", {(): len(gathered)})]

    exposition.add(source)
    with pytest.raises(Forbidden):
        await exposition.show(ANONYMOUS)
    assert gathered == []
    for _ in range(3):
        assert b"nimbus_turns_total 1\n" in (await exposition.show(ADMIN)).content
    clock.advance(KEEP_S)
    assert b"nimbus_turns_total 2\n" in (await exposition.show(ADMIN)).content
    assert (await Exposition(clock, is_public=True).show(ANONYMOUS)).content.startswith(b"# HELP process_")
