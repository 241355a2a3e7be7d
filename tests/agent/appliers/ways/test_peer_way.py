"""The state machine of one way, played against a world in which some addresses lead to the peer and others not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.appliers.ways.candidates import Candidate
from agent.appliers.ways.peer_way import KEEPALIVE_BYTES, Do, PeerWay, Seen

RELAY = "127.0.0.1:9"
LOOK = 2.0


class World:
    """This node's WireGuard, a peer that is reached at `open_at`, and there once it was asked to send (`guarded`).
    Something is sent all the time while `sending`."""

    def __init__(
        self,
        candidates: list[str],
        open_at: set[str],
        *,
        guarded: bool = False,
        relay_works: bool = True,
        can_relay: bool = True,
    ) -> None:
        self.way = PeerWay([Candidate(each, "outside") for each in candidates])
        self.open_at, self.guarded, self.relay_works = open_at, guarded, relay_works
        self.can_relay = can_relay
        self.endpoint = candidates[0] if candidates else ""
        self.now = 100.0
        self.rx = self.tx = 0
        self.handshake: float | None = None
        self.attempt_at = float("-inf")
        self.asked_at = float("-inf")
        self.sending = True
        self.done: list[Do] = []

    @property
    def reaches(self) -> bool:
        if self.endpoint == RELAY:
            return self.relay_works
        # What is known to be guarded is kept open by keepalives.
        is_let_in = not self.guarded or self.way.is_guarded or self.now < self.asked_at + 3
        return self.endpoint in self.open_at and is_let_in

    @property
    def alive(self) -> bool:
        return self.handshake is not None and self.now < self.handshake + 180

    def pass_time(self) -> None:
        """Two seconds, in which WireGuard does what it does."""
        self.now += LOOK
        if not self.sending:
            return
        if self.alive:
            self.tx += 128
            self.rx += 128 if self.reaches else 0
            if self.reaches and self.now > (self.handshake or 0) + 120:
                self.handshake = self.now
            return
        if self.now >= self.attempt_at + 5:
            self.attempt_at = self.now
            self.tx += 148
            if self.reaches:
                self.rx += 92
                self.handshake = self.now

    def look(self) -> Do:
        age = None if self.handshake is None else self.now - self.handshake
        seen = Seen(self.now, self.endpoint, age, self.rx, self.tx, self.endpoint == RELAY)
        do = self.way.look(seen, can_relay=self.can_relay)
        if do.relay:
            self.endpoint = RELAY
        elif do.endpoint:
            self.endpoint = do.endpoint
        if do.ask:
            self.asked_at = self.now
            # The other end sends: what is guarded lets in what comes back, and WireGuard follows.
            if self.guarded and self.endpoint in self.open_at and not self.alive:
                self.rx += 148
                self.handshake = self.now
        for endpoint in do.probe:
            self.tx += 64
            if endpoint in self.open_at:
                self.endpoint = endpoint
                self.rx += 32
                break
        self.done.append(do)
        return do

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.pass_time()
            self.look()


def test_a_way_that_works_is_left_alone() -> None:
    world = World(["a:1", "b:1"], {"a:1"})
    world.run(1000)
    assert (world.way.state, world.endpoint) == ("idle", "a:1")
    assert set(world.done) == {Do()}
    assert not world.way.is_guarded
    assert not world.way.is_busy


@pytest.mark.parametrize("place", range(3))
def test_each_address_has_its_turn_until_one_works(place: int) -> None:
    endpoints = ["a:1", "b:1", "c:1"]
    world = World(endpoints, {endpoints[place]})
    world.run(30)
    assert (world.way.state, world.endpoint) == ("idle", endpoints[place])
    assert world.alive


def test_what_lets_in_only_answers_is_passed_when_the_other_end_is_asked_and_known_from_then_on() -> None:
    world = World(["a:1"], {"a:1"}, guarded=True)
    world.run(6)
    assert world.alive
    assert world.way.is_guarded


def test_without_a_handshake_for_fifteen_seconds_the_relay_is_taken() -> None:
    world = World(["a:1", "b:1"], set())
    world.run(2)
    began = world.now
    while world.endpoint != RELAY:
        world.run(LOOK)
    assert 15 - LOOK <= world.now - began <= 15 + 2 * LOOK
    assert set(world.way.tried) == {"a:1", "b:1"}


def test_without_a_relay_the_addresses_are_tried_on_and_on() -> None:
    world = World(["a:1", "b:1"], set(), can_relay=False)
    world.run(60)
    assert world.way.state == "seeking"
    assert {do.endpoint for do in world.done} >= {"a:1", "b:1"}
    world.open_at = {"b:1"}
    world.run(30)
    assert (world.way.state, world.endpoint, world.alive) == ("idle", "b:1", True)


def test_what_is_relayed_goes_directly_again_when_it_can_and_is_probed_less_and_less_often() -> None:
    world = World(["a:1", "b:1"], set())
    world.run(3600)
    assert world.way.state == "relayed"
    probes = [do for do in world.done if do.probe]
    assert 8 <= len(probes) <= 24
    assert all(do.ask for do in probes)
    assert not any(do.endpoint for do in world.done[-600:])
    world.open_at = {"b:1"}
    world.run(320)
    assert (world.way.state, world.endpoint) == ("idle", "b:1")


def test_probes_that_nothing_answers_do_not_end_an_idle_way_by_a_relay() -> None:
    world = World(["a:1", "b:1"], set())
    world.run(30)
    world.done.clear()
    world.sending = False
    for _ in range(80):
        world.pass_time()
        world.look()
    assert (world.way.state, world.endpoint) == ("relayed", RELAY)
    assert any(do.probe for do in world.done)


def test_a_new_address_is_probed_at_once() -> None:
    world = World(["a:1"], set())
    world.run(3600)
    world.way.use([Candidate("a:1", "outside"), Candidate("new:1", "outside")])
    world.open_at = {"new:1"}
    world.run(LOOK)
    assert world.endpoint == "new:1"


def test_who_is_called_probes_at_once_and_does_not_call_back() -> None:
    world = World(["a:1"], set())
    world.run(3600)
    world.done.clear()
    world.way.called()
    world.run(LOOK)
    assert world.done == [Do(probe=("a:1",))]


def test_a_peer_that_comes_by_a_relay_is_relayed() -> None:
    world = World(["a:1"], set())
    world.sending = False
    world.endpoint, world.handshake, world.rx = RELAY, world.now, 148
    world.look()
    assert world.way.state == "relayed"


def test_a_peer_of_which_no_address_is_known_is_relayed_at_once() -> None:
    world = World([], set())
    world.sending = False
    assert world.look() == Do(relay=True)
    assert (world.way.state, world.endpoint) == ("relayed", RELAY)


def test_a_session_that_falls_silent_is_given_fifteen_seconds() -> None:
    world = World(["a:1", "b:1"], {"a:1"})
    world.run(60)
    world.open_at = {"b:1"}
    world.run(14)
    assert set(world.done) == {Do()}
    # WireGuard gives it up by itself; here it does when it is 180 s old.
    world.handshake = None
    world.run(20)
    assert (world.endpoint, world.alive) == ("b:1", True)


def test_a_session_that_is_silent_goes_on_by_the_relay_and_directly_as_soon_as_an_address_works() -> None:
    world = World(["a:1", "b:1"], {"a:1"})
    world.run(60)
    world.open_at = set()
    world.run(26)
    assert (world.way.state, world.endpoint, world.alive) == ("relayed", RELAY, True)
    world.open_at = {"b:1"}
    world.run(20)
    assert (world.way.state, world.endpoint, world.alive) == ("idle", "b:1", True)


@pytest.mark.parametrize(("quiet", "is_guarded"), [(40, True), (0, False)])
def test_what_forgets_after_a_silence_is_kept_open_from_then_on(quiet: int, is_guarded: bool) -> None:
    """Not so what is interrupted in the middle of traffic: that comes back by itself."""
    world = World(["a:1"], {"a:1"})
    world.run(30)
    world.sending = False
    world.run(quiet)
    world.open_at, world.sending = set(), True
    world.run(26)
    assert (world.endpoint, world.way.is_guarded) == (RELAY, False)
    world.open_at = {"a:1"}
    world.run(20)
    assert (world.endpoint, world.way.is_guarded) == ("a:1", is_guarded)


def test_without_a_relay_a_session_that_is_silent_is_sought() -> None:
    world = World(["a:1", "b:1"], {"a:1"}, can_relay=False)
    world.run(60)
    world.open_at = set()
    world.run(26)
    assert world.way.state == "seeking"


def test_who_has_nothing_to_send_is_not_tried() -> None:
    world = World(["a:1"], set())
    world.sending = False
    for _ in range(100):
        world.pass_time()
        world.tx += KEEPALIVE_BYTES
        world.look()
    assert set(world.done) == {Do()}


def test_when_nothing_more_is_sent_the_search_ends_at_the_first_address() -> None:
    world = World(["a:1", "b:1"], set(), can_relay=False)
    world.run(12)
    assert world.way.state == "seeking"
    world.sending = False
    world.run(40)
    assert (world.way.state, world.endpoint) == ("idle", "a:1")
    assert not world.way.is_busy


def test_a_relay_that_does_not_answer_is_not_stayed_with() -> None:
    world = World(["a:1"], set(), relay_works=False)
    world.run(60)
    assert {do.relay for do in world.done} == {True, False}
    world.open_at = {"a:1"}
    world.run(60)
    assert (world.way.state, world.endpoint, world.alive) == ("idle", "a:1", True)


def test_a_device_that_is_made_anew_counts_from_nothing() -> None:
    world = World(["a:1"], {"a:1"})
    world.run(60)
    world.rx, world.tx, world.handshake = 0, 0, None
    world.run(20)
    assert (world.way.state, world.alive) == ("idle", True)


ENDPOINTS = ["a:1", "b:1", "c:1", "d:1"]


EVENTS = st.tuples(st.integers(1, 60), st.sampled_from(["send", "rest", "move", "forget", "call"]))


@given(
    st.lists(st.sampled_from(ENDPOINTS), unique=True, min_size=1),
    st.sets(st.sampled_from(ENDPOINTS)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(EVENTS, max_size=8),
)
def test_whatever_happens_a_way_that_there_is_gets_found(
    candidates: list[str],
    open_at: set[str],
    guarded: bool,
    relay_works: bool,
    can_relay: bool,
    events: list[tuple[int, str]],
) -> None:
    world = World(candidates, open_at, guarded=guarded, relay_works=relay_works, can_relay=can_relay)
    spare = itertools.cycle(ENDPOINTS)
    for seconds, event in events:
        world.run(seconds)
        if event in ("send", "rest"):
            world.sending = event == "send"
        elif event == "move":
            world.open_at = {next(spare)}
        elif event == "forget":
            world.handshake = None
        else:
            world.way.called()
    world.sending = True
    world.run(400)
    if world.open_at & set(candidates):
        assert (world.way.state, world.endpoint in world.open_at, world.alive) == ("idle", True, True)
    elif can_relay and relay_works:
        assert (world.way.state, world.endpoint, world.alive) == ("relayed", RELAY, True)
    else:
        assert not world.alive or world.now - (world.handshake or 0) < 600
    assert all(do.endpoint in ("", *candidates) for do in world.done)


def test_what_was_sought_in_vain_is_missed_until_it_answers_or_for_a_while() -> None:
    world = World(["a:1"], set(), can_relay=False)
    world.run(20)
    assert world.way.is_missed(world.now)
    world.sending = False
    world.run(40)
    # Whatever wanted to send has given up: that nothing came back is known all the same.
    assert (world.way.state, world.way.is_missed(world.now)) == ("idle", True)
    assert not world.way.is_missed(world.now + 901)
    world.open_at, world.sending = {"a:1"}, True
    world.run(20)
    assert not world.way.is_missed(world.now)


def test_a_way_on_which_nothing_is_sent_is_not_missed() -> None:
    world = World(["a:1"], set())
    world.sending = False
    world.run(60)
    assert not world.way.is_missed(world.now)
