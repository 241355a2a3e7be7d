"""Who sees which event, decided twice (in memory and in SQL) and alike; the window of the newest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.db.port import WriteSession
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.changes import EVENT_PERMISSIONS, READ_PERMISSIONS, ResourceChanged, read_permission
from nimbus.records.event_log import store
from nimbus.records.event_log.records import EventFilter, EventRow
from nimbus.records.event_log.rules import Window, may_see, scopes, wanted
from tests.kit.database import plain_session

WORKSPACES, ORGANIZATIONS = ("w-1", "w-2", "w-3"), ("o-1", "o-2")
KINDS = ("node", "task", "role", "unknown")
INTERESTING = [read_permission(kind) for kind in KINDS] + [Permission.EVENT_READ]

permissions = st.frozensets(st.sampled_from(INTERESTING), max_size=5)
actors = st.builds(
    lambda access: Actor(kind="user", id="u", name="u", access=access),
    st.builds(
        Access,
        everywhere=st.just(frozenset()) | permissions,
        organizations=st.dictionaries(st.sampled_from(ORGANIZATIONS), permissions),
        workspaces=st.dictionaries(st.sampled_from(WORKSPACES), permissions),
        tenant=st.sampled_from(["", "", "", "t-1"]),
    ),
)
changes = st.builds(
    ResourceChanged,
    at=st.integers(0, 9),
    kind=st.sampled_from(["node.update", "node.state", "nodes.x", "task.closed"]),
    resource_kind=st.sampled_from(KINDS),
    resource_id=st.sampled_from(["id-1", "id-2"]),
    resource_name=st.sampled_from(["a", "b", "id-1"]),
    workspace_id=st.none() | st.sampled_from(WORKSPACES),
    organization_id=st.none() | st.sampled_from(ORGANIZATIONS),
    node_id=st.none() | st.sampled_from(["id-1", "id-2"]),
)
filters = st.builds(
    EventFilter,
    kind=st.none() | st.sampled_from(["node.update", "node.*", "*", "node*", "_ode.*", "", "x"]),
    resource_kind=st.none() | st.sampled_from(KINDS),
    resource=st.none() | st.sampled_from(["id-1", "a", "A", ""]),
    workspaces=st.none() | st.frozensets(st.sampled_from(WORKSPACES)),
    node=st.none() | st.sampled_from(["id-1", "x"]),
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WriteSession]:
    made = plain_session(tmp_path_factory.mktemp("events"))
    yield made
    made.close()


@settings(max_examples=300, deadline=None)
@given(st.lists(changes, max_size=12), actors, filters)
def test_sql_and_memory_agree(
    session: WriteSession, happened: list[ResourceChanged], actor: Actor, by: EventFilter
) -> None:
    session.begin()
    try:
        tx = Transaction(session)
        store.append(tx, happened)
        events = store.after(tx, 0, 100)
        assert [event.sequence for event in events] == list(range(1, len(happened) + 1))
        in_memory = [event for event in events if wanted(event, by) and may_see(actor, event)]
        in_sql = store.oldest_first(tx, store.selection(scopes(actor), by), 0, 100)
        assert in_sql == in_memory
    finally:
        session.roll_back()


def test_both_permissions_are_needed_in_the_same_place() -> None:
    def actor(**held: set[Permission]) -> Actor:
        named = {key.replace("_", "-"): frozenset(value) for key, value in held.items()}
        return Actor(kind="user", id="u", name="u", access=Access(workspaces=named))

    both = {Permission.AGENT_READ, Permission.EVENT_READ}
    event = EventRow(1, 1, "node.update", "node", "id", "web", "w-1", None, Permission.AGENT_READ, "{}")
    assert may_see(actor(w_1=both), event)
    assert not may_see(actor(w_1={Permission.AGENT_READ}), event)
    assert not may_see(actor(w_1={Permission.EVENT_READ}), event)
    assert not may_see(actor(w_2=both), event)
    assert not may_see(actor(w_1={Permission.EVENT_READ}, w_2={Permission.AGENT_READ}), event)


def test_what_nobody_put_into_the_table_is_for_auditors() -> None:
    assert read_permission("something new") is Permission.AUDIT_READ
    assert read_permission("node") is Permission.AGENT_READ
    assert set(READ_PERMISSIONS.values()) <= EVENT_PERMISSIONS
    assert all(permission.is_read for permission in EVENT_PERMISSIONS)


def row(sequence: int) -> EventRow:
    return EventRow(sequence, 1, "a.b", "node", "id", "", None, None, Permission.AGENT_READ, "{}")


@given(st.integers(0, 20), st.lists(st.integers(1, 15), max_size=12), st.integers(4, 20), st.integers(1, 7))
def test_the_window_has_the_next_ones_or_says_that_it_does_not_know(
    start: int, additions: list[int], capacity: int, limit: int
) -> None:
    window = Window(start, capacity)
    for count in additions:
        window.extend(
            [row(number) for number in range(window.end + 1, window.end + 1 + count)], window.end + count
        )
        everything = range(start + 1, window.end + 1)
        assert window.end - window.start <= max(capacity, count)
        for cursor in range(start, window.end + 2):
            found = window.after(cursor, limit)
            if found is None:
                assert cursor < window.start
            else:
                expected = [number for number in everything if number > cursor][:limit]
                assert [event.sequence for event in found] == expected
