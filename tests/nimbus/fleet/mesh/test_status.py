"""The state of the mesh as operators ask for it: counts and causes of all ways, pages of those not direct."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from nimbus.fleet.mesh.records import MeshPair, StatusQuery, SummaryQuery, WhyQuery
from nimbus.protocol.link_columns import address_number, pack
from nimbus.protocol.messages import Link, MeshProbeResult
from tests.kit.records import ADMIN
from tests.nimbus.fleet.mesh.test_border import World, world

NEAR = Link("", "", 3.0, 0.5, 700, 600, "192.0.2.7:51820", "lan")
ADDRESSES = {
    "control-plane": "10.106.0.1",
    "a-1": "10.106.103.2",
    "a-2": "10.106.103.3",
    "b-1": "10.106.103.4",
}


async def measure(w: World, name: str, whole: tuple[Link, ...] = (), **packed: Link) -> dict[str, int]:
    ways = [(address_number(ADDRESSES[to.replace("_", "-")]), link) for to, link in packed.items()]
    result = msgspec.to_builtins(MeshProbeResult(whole, pack(ways)))
    return await w.slices.database.write(lambda tx: w.mesh.store_probe(tx, w.ids[name], result))


async def shown(w: World, **query: object) -> list[tuple[str, str, str, str]]:
    rows = (await w.mesh.status(ADMIN, msgspec.convert(query, StatusQuery))).rows
    return [(pair.from_, pair.to, pair.path, pair.cause) for pair in rows]


async def test_only_what_is_not_direct_is_told_unless_all_is_asked_for(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        kept = await measure(w, "a-1", control_plane=NEAR, a_2=NEAR)
        assert kept == {"peers": 2, "answered": 2, "with_handshake": 2}
        silent = Link(w.ids["a-1"], "a-1", None, None, 0, 148, "192.0.2.9:1", "outside", ("192.0.2.9:1",))
        await measure(w, "a-2", (silent,), control_plane=NEAR)
        # The control plane has no device here: nothing has shaken hands with it.
        assert await shown(w, node="a-2", cause="no_answer") == [
            ("a-2", "a-1", "down", "no_answer"),
            ("control-plane", "a-2", "down", "no_answer"),
        ]
        assert await shown(w, node="a-1", path="direct") == [
            ("a-1", "a-2", "direct", ""),
            ("a-1", "control-plane", "direct", ""),
        ]
        everything = await shown(w, show="all", per_page=1000)
        assert len(everything) == 4 + 2 * 2 + 2 * 2
        assert {way[3] for way in everything if way[0].startswith("b")} == {"not_measured"}
        [way] = [
            pair
            for pair in (await w.mesh.status(ADMIN, StatusQuery(show="all"))).rows
            if (pair.from_, pair.to) == ("a-1", "a-2")
        ]
        assert isinstance(way, MeshPair)
        assert (way.rtt_ms, way.handshake_age_s, way.rx_bytes, way.way) == (0.5, 3.0, 700, "lan")
        why = await w.mesh.why(ADMIN, WhyQuery(from_="a-1", to="a-2"))
        assert any("tried without an answer: 192.0.2.9:1" in finding.message for finding in why.findings)


async def test_pages_hold_every_way_once_in_a_fixed_order(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await measure(w, "a-1", control_plane=NEAR, a_2=NEAR)
        whole = await shown(w, show="all", per_page=1000)
        pages = [
            await w.mesh.status(ADMIN, StatusQuery(show="all", page=n, per_page=5)) for n in (1, 2, 3, 4)
        ]
        assert [(pair.from_, pair.to, pair.path, pair.cause) for page in pages for pair in page.rows] == whole
        assert ({page.total for page in pages}, len(whole), len(pages[3].rows)) == ({12}, 12, 0)
        assert len(set(whole)) == 12


async def test_the_summary_counts_what_the_pages_hold(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.measured()
        counted = await w.mesh.summary(ADMIN, SummaryQuery())
        for path, number in (
            ("direct", counted.direct),
            ("relayed", counted.relayed),
            ("down", counted.down),
        ):
            assert (await w.mesh.status(ADMIN, StatusQuery(path=path))).total == number  # type: ignore[arg-type]
        assert (counted.members, counted.ways, counted.direct) == (4, 12, 4)
        problems = (await w.mesh.status(ADMIN, StatusQuery())).total
        assert sum(cause.ways for cause in counted.causes) == problems == 8
        one = await w.mesh.summary(ADMIN, SummaryQuery(node="b-1"))
        assert (one.ways, one.direct) == (4, 2)


async def test_a_result_that_cannot_be_read_is_no_measurement(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        result = msgspec.to_builtins(MeshProbeResult((), b"junk"))
        with pytest.raises(msgspec.ValidationError, match="cannot be read"):
            await w.slices.database.write(lambda tx: w.mesh.store_probe(tx, w.ids["a-1"], result))
        assert {way[3] for way in await shown(w, node="a-1") if way[0] == "a-1"} == {"not_measured"}
