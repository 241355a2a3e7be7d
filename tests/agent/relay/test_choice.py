"""Which relay carries to a peer."""

from __future__ import annotations

from agent.relay.choice import RelayChoice
from nimbus.wireguard.relay_frame import Reason

HUB, R1, R2 = "10.0.0.1", "10.0.0.5", "10.0.0.6"


def made() -> RelayChoice:
    choice = RelayChoice(HUB)
    choice.use([R1, R2])
    return choice


def test_the_control_plane_until_a_node_has_answered() -> None:
    choice = made()
    assert choice.current(0.0) == HUB
    choice.sent(0.0)
    assert list(choice.to_ask(0.0)) == [R1, R2, HUB]
    choice.heard(R2, 0.1)
    assert choice.current(0.1) == R2
    choice.heard(R1, 0.2)
    assert choice.current(0.2) == R1


def test_without_traffic_nobody_is_asked() -> None:
    choice = made()
    assert list(choice.to_ask(0.0)) == []
    choice.sent(0.0)
    assert list(choice.to_ask(5.5)) == []


def test_the_one_in_use_is_asked_unless_it_brings_something_anyway() -> None:
    choice = made()
    choice.sent(0.0)
    choice.to_ask(0.0)
    choice.heard(R1, 0.1)
    assert list(choice.to_ask(0.6)) == []
    assert list(choice.to_ask(1.2)) == [R1]
    choice.heard(R1, 1.3)
    assert list(choice.to_ask(1.8)) == []


def test_one_that_dies_is_left_within_five_seconds() -> None:
    choice = made()
    choice.sent(0.0)
    choice.to_ask(0.0)
    for relay in (R1, R2, HUB):
        choice.heard(relay, 0.1)
    # Killed right after that.
    now = 0.1
    while choice.current(now) == R1:
        now += 0.5
        choice.sent(now)
        choice.to_ask(now)
    assert now <= 0.1 + 5.5
    assert choice.current(now) == R2
    choice.heard(R1, now)
    assert choice.current(now) == R1


def test_where_none_answers_it_is_the_control_plane() -> None:
    choice = made()
    choice.sent(0.0)
    choice.to_ask(0.0)
    choice.heard(R1, 0.1)
    choice.sent(1.2)
    choice.to_ask(1.2)
    assert choice.current(6.0) == HUB
    assert not choice.is_answered(6.0)


def test_relays_that_are_told_anew_keep_what_is_known_of_them() -> None:
    choice = made()
    choice.heard(R2, 0.0)
    choice.use([R2])
    assert choice.current(0.0) == R2
    choice.use([])
    assert choice.current(0.0) == HUB
    choice.heard(R2, 0.0)
    assert choice.current(0.0) == HUB


def test_a_relay_without_room_is_said_for_a_minute() -> None:
    choice = made()
    choice.sent(0.0)
    assert not choice.is_full(0.0)
    choice.refuses(HUB, Reason.NO_ROOM, 1.0)
    assert (choice.full, choice.refused) == (HUB, "the relay has no room")
    choice.heard(HUB, 2.0)
    assert choice.refused == ""
    assert choice.is_full(60.0)
    assert not choice.is_full(61.0)


def test_an_answer_counts_for_a_question_that_was_asked_over_that_relay_and_once() -> None:
    choice = made()
    choice.sent(0.0)
    asked = choice.to_ask(0.0)
    for relay, answer in ((R1, b""), (R1, asked[R2]), (R1, b"guessed!"), ("10.0.0.9", asked[R1])):
        choice.answered(relay, answer, 0.1)
        assert not choice.is_answered(0.1), (relay, answer)
    choice.answered(R1, asked[R1], 0.1)
    assert choice.current(0.1) == R1
    # The same once more brings a relay that is dead not back, and one that comes too late neither.
    choice.sent(1.2)
    late = choice.to_ask(1.2)
    choice.answered(R1, asked[R1], 5.0)
    choice.answered(R1, late[R1], 5.0)
    assert choice.current(5.0) == HUB
