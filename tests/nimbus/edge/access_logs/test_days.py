"""What is asked of the days' files is what a plain list of the same rows answers; a batch is stored once."""

from __future__ import annotations

import functools
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.edge.access_logs import search, summing
from nimbus.edge.access_logs.blocks import MINUTE_MS
from nimbus.edge.access_logs.days import DayWriter, Taken, day_files, forget_days
from nimbus.edge.access_logs.lines import NO_ID, NOTHING, Entry, Place, Read
from nimbus.edge.access_logs.matching import Wanted
from nimbus.edge.access_logs.search import Arrived, RowKey
from nimbus.edge.access_logs.service import by_minutes

DAY = 20_000
START = 1_700_000_040_000
ALL = Wanted(since=0, until=2**53)


def entry(at: int, **fields: object) -> Entry:
    plain = Entry(
        START + at,
        Place("node-1", "host-1", "workspace-1"),
        "192.0.2.1",
        "GET",
        "/",
        "HTTP/1.1",
        "www.example",
        200,
        10,
        5,
        "",
        NOTHING,
        "",
        "",
        NO_ID,
        "",
    )
    return plain._replace(**fields)  # type: ignore[arg-type]


ENTRIES = st.builds(
    entry,
    at=st.integers(0, 300_000),
    place=st.builds(
        Place, st.sampled_from(["n1", "n2"]), st.sampled_from(["", "h1", "h2"]), st.sampled_from(["w1", "w2"])
    ),
    client=st.sampled_from(["192.0.2.1", "192.0.3.1", "2001:db8::1", "unix:", ""]),
    method=st.sampled_from(["GET", "POST"]),
    uri=st.sampled_from(["/", "/a?x=1", "/a?x=2", "/ab", "/\ufffd", ""]),
    status=st.sampled_from([0, 200, 404, 500, 503, 999]),
    size=st.sampled_from([0, 1, 300, 70_000, 2**40]),
    duration=st.sampled_from([NOTHING, 0, 1, 900, 70_000, 3_000_000_000]),
    request_id=st.sampled_from([NO_ID, bytes(range(16))]),
    raw=st.sampled_from(["", "something RAW"]),
)
WANTED = st.builds(
    Wanted,
    since=st.sampled_from([0, START, START + 100_000]),
    until=st.sampled_from([START + 1, START + 100_000, 2**53]),
    workspaces=st.sampled_from([None, frozenset({"w1"}), frozenset[str]()]),
    nodes=st.sampled_from([None, frozenset({"n2"})]),
    hosts=st.sampled_from([None, frozenset({"h1"})]),
    status_least=st.sampled_from([0, 500]),
    status_most=st.sampled_from([999, 500]),
    method=st.sampled_from(["", "POST"]),
    path=st.sampled_from(["", "/a"]),
    network=st.sampled_from(["", "192.0.2.0/24", "2001:db8::/32"]),
    text=st.sampled_from(["", "raw", "X=1"]),
    duration_least=st.sampled_from([0, 1000]),
)


def matches(one: Entry, wanted: Wanted) -> bool:
    searched = (one.uri, one.host, one.client, one.user_agent, one.referer, one.upstream, one.raw)
    return (
        wanted.since <= one.at < wanted.until
        and wanted.place_is_wanted(one.place)
        and wanted.status_least <= one.status <= wanted.status_most
        and wanted.method in ("", one.method)
        and one.uri.startswith(wanted.path)
        and {"": True, "192.0.2.0/24": "192.0.2" in one.client, "2001:db8::/32": ":db8" in one.client}[
            wanted.network
        ]
        and (not wanted.text or any(wanted.text.lower() in text.lower() for text in searched))
        and (not wanted.duration_least or wanted.duration_least <= one.duration < NOTHING)
    )


def fill(folder: Path, days: list[list[list[Entry]]], merge: bool) -> list[tuple[RowKey, Entry]]:
    """The batches of each day; the same rows as a plain list."""
    writer = DayWriter(folder)
    rows: list[tuple[RowKey, Entry]] = []
    offset = 0
    for number, batches in enumerate(days):
        row = 0
        for batch in batches:
            taken = Taken("n1", "file", offset, offset + 1, 0, Read(batch, 0, 0))
            assert writer.append([taken, taken], DAY + number) == [taken]
            offset += 1
            for one in batch:
                rows.append((RowKey(one.at, DAY + number, row), one))
                row += 1
        if merge:
            writer.merge(DAY + number)
    writer.close()
    return rows


BATCHES = st.lists(st.lists(st.lists(ENTRIES, max_size=6), max_size=4), max_size=3)


@settings(max_examples=60, deadline=None)
@given(BATCHES, WANTED, st.integers(1, 5), st.booleans())
def test_pages_are_what_a_plain_list_has(
    days: list[list[list[Entry]]], wanted: Wanted, limit: int, merge: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "logs"
        rows = fill(folder, days, merge)
        expected = sorted((row for row in rows if matches(row[1], wanted)), reverse=True, key=lambda r: r[0])
        found: list[tuple[RowKey, Entry]] = []
        before: RowKey | None = None
        while True:
            page = search.search(folder, wanted, limit, before, 60)
            found += page.rows
            assert len(page.rows) <= limit
            before = page.next
            if before is None:
                break
        assert found == expected
        come, reached = [], Arrived(0, -1)
        while True:
            more, reached = search.arrived_after(folder, wanted, limit, reached)
            if not more:
                break
            come += more
        assert come == [row for row in rows if matches(row[1], wanted)]


@settings(max_examples=40, deadline=None)
@given(BATCHES, WANTED, st.booleans())
def test_figures_are_what_a_plain_list_has(
    days: list[list[list[Entry]]], wanted: Wanted, merge: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "logs"
        rows = fill(folder, days, merge)
        until = wanted.until // MINUTE_MS * MINUTE_MS
        by_minute = Wanted(since=wanted.since, until=until, workspaces=wanted.workspaces, hosts=wanted.hosts)
        for asked in (by_minutes(wanted), by_minute):
            chosen = [one for _, one in rows if matches(one, asked)]
            summed = summing.summarise(folder, asked, 60).summed
            assert sum(one.requests for one in summed) == len(chosen)
            assert sum(one.size for one in summed) == sum(one.size for one in chosen)
            assert sum(one.classes[5] for one in summed) == sum(500 <= one.status < 600 for one in chosen)
            assert sum(sum(one.durations.values()) for one in summed) == sum(
                one.duration != NOTHING for one in chosen
            )
            paths = summing.top_paths(folder, asked, 100, 60)
            counted = Counter(one.uri.partition("?")[0] for one in chosen)
            assert {path: count for path, count, _ in paths.top} == counted
            assert paths.counted == len(chosen)


def test_what_is_stored_is_known_after_a_start(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    batch = functools.partial(Taken, "n1", "file", lost=0, read=Read([entry(0)], 0, 0))
    writer = DayWriter(folder)
    writer.append([batch(start=0, end=10)], DAY)
    # As a kill leaves it.
    again = DayWriter(folder)
    assert again.stored("n1", "file") == 10
    assert again.append([batch(start=0, end=10), batch(start=5, end=20)], DAY + 1) == []
    assert len(again.append([batch(start=10, end=20), batch(start=10, end=20)], DAY + 1)) == 1
    assert again.stored("n1", "file") == 20
    assert again.stored("n2", "file") == 0
    assert len(search.search(folder, ALL, 10, None, 60).rows) == 2


def test_days_go_by_age_and_by_size_and_the_newest_stays(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    fill(folder, [[[entry(0)]]] * 4, merge=False)
    assert [number for number, _ in day_files(folder)] == [DAY, DAY + 1, DAY + 2, DAY + 3]
    assert len(forget_days(folder, DAY + 1, 0)) == 1
    assert len(forget_days(folder, DAY + 1, 1)) == 2
    assert [number for number, _ in day_files(folder)] == [DAY + 3]
    assert forget_days(folder, DAY + 99, 1) == []


def test_a_day_that_is_damaged_keeps_no_other_from_being_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "logs"
    fill(folder, [[[entry(0)]], [[entry(1)]]], merge=False)
    day_files(folder)[0][1].write_bytes(b"no database" * 1000)
    assert [one.at for _, one in search.search(folder, ALL, 10, None, 60).rows] == [START + 1]
    assert "cannot be read" in caplog.text


def test_a_search_without_time_says_where_it_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    fill(folder, [[[entry(at)] for at in (0, 1000, 2000)]], merge=False)
    page = search.search(folder, ALL, 10, None, 0)
    assert [one.at for _, one in page.rows] == [START + 2000]
    page = search.search(folder, ALL, 10, page.next, 60)
    assert ([one.at for _, one in page.rows], page.next) == ([START + 1000, START], None)
