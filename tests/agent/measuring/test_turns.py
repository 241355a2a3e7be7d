"""Whose turn it is to be measured, and how."""

from __future__ import annotations

import pytest

from agent.measuring.turns import ROUND_S, TURN_S, Turns, kind_of, number_of


def test_a_small_mesh_is_through_in_a_minute_and_a_thousand_in_a_quarter_of_an_hour() -> None:
    for peers, most_s in ((1, ROUND_S), (5, ROUND_S), (60, ROUND_S), (1000, 900)):
        turns = -(-peers // number_of(peers))
        assert turns * TURN_S <= most_s, peers
    assert number_of(0) == 0


def test_each_has_one_turn_in_a_round() -> None:
    turns = Turns()
    peers = [f"n{number}" for number in range(30)]
    assert sorted(each for _ in range(6) for each in turns.take(peers)) == sorted(peers)
    assert len(turns.take(peers)) == 5


def test_one_that_is_put_back_comes_after_the_others_and_one_that_is_gone_not_at_all() -> None:
    turns = Turns(shuffle=list.sort)
    peers = ["a", "b", "c", "d"]
    assert turns.take(peers) == ["d"]
    turns.put_back(["d"])
    assert [turns.take(["a", "c", "d"]) for _ in range(3)] == [["c"], ["a"], ["d"]]


@pytest.mark.parametrize(
    ("session_age", "is_missed", "kind"),
    [
        (None, False, "idle"),
        (None, True, "silent"),
        (0.0, False, "active"),
        (99.9, False, "active"),
        (100.0, False, "later"),
        (179.9, False, "later"),
        (180.0, False, "idle"),
        (180.0, True, "silent"),
        (5.0, True, "silent"),
    ],
)
def test_only_a_session_that_an_echo_does_not_renew_is_asked(
    session_age: float | None, is_missed: bool, kind: str
) -> None:
    assert kind_of(session_age, is_missed=is_missed) == kind
