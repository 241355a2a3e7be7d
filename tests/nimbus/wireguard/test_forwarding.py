"""What a relay carries on, and what it does not."""

from __future__ import annotations

import socket

import pytest

from nimbus.wireguard.forwarding import Bucket, Forwarder, Limits
from nimbus.wireguard.relay_frame import DELIVERED, HEADER, MOST_PAYLOAD, Reason, What, header

A, B, STRANGER = "10.0.0.2", "10.0.0.3", "10.0.0.9"


def frame(to: str = B, payload: bytes = b"x" * 100, what: int = What.DATAGRAM) -> bytes:
    return header(what, socket.inet_aton(to)) + payload


def members_only(source: str, destination: str) -> bool:
    return {source, destination} == {A, B}


def judged(forwarder: Forwarder, source: str, content: bytes, now: float = 0.0) -> str | Reason | None:
    return forwarder.judge(source, content, len(content), now)


@pytest.mark.parametrize("what", [What.DATAGRAM, What.QUESTION, What.ANSWER])
def test_a_frame_goes_to_the_member_that_it_names(what: What) -> None:
    assert judged(Forwarder(members_only), A, frame(what=what)) == B


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        frame()[: HEADER - 1],
        b"\x00" + frame()[1:],
        b"\x02" + frame()[1:],
        frame(what=0),
        frame(what=What.REFUSAL),
        frame(what=What.DATAGRAM | DELIVERED),
        frame(what=99),
        frame(payload=b"x" * (MOST_PAYLOAD + 1)),
    ],
    ids=[
        "nothing",
        "one byte",
        "no whole head",
        "version 0",
        "newer version",
        "nothing known",
        "a refusal",
        "delivered already",
        "unknown",
        "too large",
    ],
)
def test_what_is_no_frame_is_dropped_without_a_word(content: bytes) -> None:
    forwarder = Forwarder(members_only)
    assert judged(forwarder, A, content) is None
    assert forwarder.counters.malformed == 1
    assert forwarder.counters.carried == 0


@pytest.mark.parametrize(
    ("source", "destination"),
    [(STRANGER, B), (A, STRANGER), (A, "255.255.255.255"), (A, "127.0.0.1"), (A, "0.0.0.0")],
)
def test_nothing_passes_but_between_members(source: str, destination: str) -> None:
    forwarder = Forwarder(members_only)
    assert judged(forwarder, source, frame(destination)) is Reason.NOT_SERVED
    assert forwarder.counters.not_served == 1


def test_a_node_that_floods_is_held_to_its_share_and_others_are_not() -> None:
    forwarder = Forwarder(members_only, Limits(bytes_per_s=1000, all_bytes_per_s=1e9, burst_s=1.0))
    verdicts = [judged(forwarder, A, frame(payload=b"x" * 94)) for _ in range(50)]
    assert verdicts == [B] * 10 + [Reason.NO_ROOM] * 40
    assert judged(forwarder, B, frame(A)) == A
    assert judged(forwarder, A, frame(payload=b"x" * 94), now=0.5) == B


def test_what_all_may_send_has_an_end_too() -> None:
    forwarder = Forwarder(members_only, Limits(bytes_per_s=1000, all_bytes_per_s=1000, burst_s=1.0))
    assert [judged(forwarder, A, frame(payload=b"x" * 494)) for _ in range(3)] == [B, B, Reason.NO_ROOM]
    assert judged(forwarder, B, frame(A)) is Reason.NO_ROOM


def test_who_is_refused_hears_of_it_once_a_second() -> None:
    forwarder = Forwarder(members_only)
    assert [forwarder.tells(A, now) for now in (0.0, 0.1, 0.9, 1.0, 1.5)] == [True, False, False, True, False]
    assert forwarder.tells(B, 0.2)


def test_memory_is_bounded_whoever_sends() -> None:
    forwarder = Forwarder(lambda _source, _to: True, Limits(most_nodes=10))
    for number in range(100):
        judged(forwarder, f"10.0.1.{number}", frame())
        forwarder.tells(f"10.0.1.{number}", 0.0)
    assert len(forwarder._of_node) <= 10
    assert len(forwarder._told_at) <= 10


def test_more_frames_than_this_machine_shall_spend_time_on_wait_in_the_socket() -> None:
    forwarder = Forwarder(members_only, Limits(all_frames_per_s=100, burst_s=1.0))
    assert forwarder.pause_s(64, now=0.0) == 0.0
    assert forwarder.pause_s(64, now=0.0) == pytest.approx(0.28)
    assert forwarder.pause_s(64, now=0.28) == 0.0


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    bucket = Bucket(rate=10.0, burst_s=2.0)
    assert not bucket.take(21, now=0.0)
    assert bucket.take(20, now=1e9)
    assert not bucket.take(1, now=1e9)
