"""What a node is told of its section: whole, or what is new since a revision. A property over any changes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.edge.sections.draining import BACK_S, MAINTENANCE_S, OFFLINE_S, Patience
from nimbus.edge.sections.records import (
    KEPT_REVISIONS,
    Entry,
    EntryKind,
    FileBody,
    Head,
    Section,
    UpstreamBody,
)
from nimbus.edge.sections.rules import (
    changed,
    delta,
    document,
    head_text,
    listens_of,
    raised,
    tells_differences,
    upstream_body,
    with_drained,
)
from nimbus.edge.virtual_hosts.configuration import Listen
from nimbus.fleet.nodes.records import NodeState
from nimbus.protocol.edge import EdgeDelta, EdgeDocument, EdgeUpstream, UpstreamTarget

NAMES = ("a", "b", "c", "d")


def file(name: str, version: int, *listens: Listen) -> Entry:
    body = msgspec.json.encode(FileBody(listens)).decode()
    return Entry(
        kind=EntryKind.FILE,
        name=name,
        owner=f"virtual_host/{name}",
        version=version,
        sha256=f"{name}{version}",
        body=body,
    )


def upstream(name: str, *servers: UpstreamTarget, nodes: tuple[str, ...] = ()) -> Entry:
    told = EdgeUpstream(name, f"upstream/{name}", 1, servers)
    body = msgspec.json.encode(UpstreamBody(told, nodes or ("",) * len(servers))).decode()
    return Entry(kind=EntryKind.UPSTREAM, name=name, owner=told.owner, version=1, body=body)


class Kept:
    """A section as it is stored, in memory."""

    def __init__(self) -> None:
        self.section = Section(node_id="n")
        self.entries: dict[tuple[EntryKind, str], Entry] = {}

    def change(self, wanted: list[Entry], removed: list[str]) -> None:
        news = changed(self.entries, wanted, [(EntryKind.FILE, name) for name in removed])
        self.section = raised(self.section)
        for entry in news:
            self.entries[entry.key] = msgspec.structs.replace(entry, revision=self.section.revision)

    def whole(self) -> EdgeDocument:
        return document(self.section, [one for one in self.entries.values() if not one.is_gone], 0)

    def since(self, revision: int) -> EdgeDelta:
        return delta(
            self.section, revision, [one for one in self.entries.values() if one.revision > revision], 0
        )


def applied(had: EdgeDocument, news: EdgeDelta) -> EdgeDocument:
    """As an agent does."""
    files = {one.name: one for one in had.files if one.name not in news.removed_files}
    files |= {one.name: one for one in news.files}
    return EdgeDocument(
        news.revision,
        news.generation,
        news.settings or had.settings,
        news.head,
        tuple(files[name] for name in sorted(files)),
    )


_change = st.tuples(
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), max_size=4),
    st.lists(st.sampled_from(NAMES), max_size=2),
)


@given(st.lists(_change, min_size=1, max_size=8))
def test_whatever_a_node_has_differences_lead_to_the_whole(
    changes: list[tuple[dict[str, int], list[str]]],
) -> None:
    kept, told = Kept(), []
    for wanted, removed in changes:
        kept.change([file(name, version) for name, version in wanted.items()], removed)
        told.append(kept.whole())
    for had in told[:-1]:
        assert tells_differences(kept.section, had.revision)
        assert applied(had, kept.since(had.revision)) == kept.whole()


def test_what_is_as_it_was_is_not_told_again() -> None:
    kept = Kept()
    kept.change([file("a", 1), file("b", 1)], [])
    kept.change([file("a", 1), file("b", 2)], ["c"])
    news = kept.since(1)
    assert [one.name for one in news.files] == ["b"]
    assert news.removed_files == ()


def test_a_difference_costs_the_same_however_many_hosts_there_are() -> None:
    sizes = []
    for hosts in (1, 1000):
        kept = Kept()
        kept.change(
            [file(f"host-{number:04}", 1, Listen(443, True, False, True)) for number in range(hosts)], []
        )
        kept.change([file("host-0000", 2)], [])
        sizes.append(len(msgspec.json.encode(kept.since(1))))
    assert sizes[0] == sizes[1] < 5000


def test_how_long_differences_are_kept() -> None:
    section = Section(node_id="n")
    for _ in range(KEPT_REVISIONS + 50):
        section = raised(section)
    assert section.kept_from == 50
    assert not tells_differences(Section(node_id="n", revision=5), 0)
    told = [tells_differences(section, since) for since in (-1, 0, 49, 50, 249, 250, 251)]
    assert told == [False, False, False, True, True, False, False]


def test_who_is_no_edge_is_told_so() -> None:
    kept = Kept()
    kept.change([file("a", 1)], [])
    kept.section = msgspec.structs.replace(kept.section, is_edge=False)
    assert (kept.whole().generation, kept.whole().head) == (0, "")
    assert kept.since(0).generation == 0


def test_the_head_opens_each_port_once_and_answers_with_its_generation() -> None:
    plain, tls = Listen(80, False, False, False), Listen(443, True, False, True)
    listens = listens_of([file("a", 1, plain, tls), file("b", 1, tls), file("c", 1)])
    assert listens == (plain, tls)
    head = Head("nginx version: nginx/1.26.3", False, "/srv/edge", listens)
    text = head_text(head, 7)
    assert text.count("listen 443 ssl default_server;") == 1
    assert "listen unix:/srv/edge/generation.sock;" in text
    assert 'return 200 "7";' in text


def test_servers_on_a_node_are_drained_alone() -> None:
    entry = upstream("u", UpstreamTarget("10.0.0.1:80"), UpstreamTarget("x.example:80"), nodes=("n1", ""))
    drained = with_drained(entry, "n1", drained=True)
    assert [one.drained for one in upstream_body(drained).told.servers] == [True, False]
    assert with_drained(drained, "n1", drained=False) == entry
    gone = upstream_body(with_drained(entry, "n1", drained=False, is_gone=True))
    assert (gone.told.servers[0].drained, gone.nodes) == (True, ("", ""))


@pytest.mark.parametrize(
    ("state", "drained", "after_s", "becomes"),
    [
        (NodeState.OFFLINE, False, OFFLINE_S, True),
        (NodeState.PENDING, False, OFFLINE_S, True),
        (NodeState.MAINTENANCE, False, MAINTENANCE_S, True),
        (NodeState.ONLINE, True, BACK_S, False),
        (NodeState.DEGRADED, True, BACK_S, False),
    ],
)
def test_what_a_node_is_has_to_last(state: NodeState, drained: bool, after_s: float, becomes: bool) -> None:
    patience, there = Patience(), {"n"} if drained else set()
    assert patience.due(100.0, {"n": state}, there) == {}
    assert patience.is_waiting
    assert patience.due(100.0 + after_s - 0.1, {"n": state}, there) == {}
    assert patience.due(100.0 + after_s, {"n": state}, there) == {"n": becomes}
    assert not patience.is_waiting


def test_who_flaps_waits_from_the_beginning() -> None:
    patience = Patience()
    for second in range(0, 60, 4):
        state = NodeState.OFFLINE if second % 8 else NodeState.ONLINE
        assert patience.due(float(second), {"n": state}, set()) == {}


def test_what_is_as_it_stands_is_not_waited_for() -> None:
    patience = Patience()
    assert patience.due(0.0, {"a": NodeState.ONLINE, "b": NodeState.OFFLINE}, {"b"}) == {}
    assert not patience.is_waiting
