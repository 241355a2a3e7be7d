"""Answers to certificate authorities: those that were told, on a socket that workers of nginx reach."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import trio

from agent.edge.challenges import SOCKET, Challenges, answer, answers_of
from agent.edge.nginx import asked
from agent.link import Reply
from nimbus.protocol.edge import ChallengeAnswer, ChallengesDocument

TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ"
ANSWER = f"{TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
PATH = f"/.well-known/acme-challenge/{TOKEN}"


class PlayedControlPlane:
    def __init__(self) -> None:
        self.document = ChallengesDocument(0)

    async def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        timeout: float = 60,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        await trio.lowlevel.checkpoint()
        return Reply(200, msgspec.json.encode(self.document))


async def test_what_was_told_is_answered_while_it_is_told(tmp_path: Path) -> None:
    link = PlayedControlPlane()
    challenges = Challenges("n1", link, tmp_path / "edge")  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(challenges.run)
        link.document = ChallengesDocument(3, (ChallengeAnswer(TOKEN, ANSWER),))
        challenges.learn(3)
        await challenges.settle(5)
        assert (challenges.applied, challenges.is_current) == (3, True)
        place = tmp_path / "edge" / SOCKET
        assert await asked(place, PATH) == ANSWER
        assert await asked(place, PATH[:-1]) == ""
        assert oct(place.stat().st_mode)[-3:] == "666"
        link.document = ChallengesDocument(4)
        challenges.learn(4)
        await challenges.settle(5)
        assert await asked(place, PATH) == ""
        link.document = ChallengesDocument(5, (ChallengeAnswer(TOKEN, ANSWER),))
        challenges.learn(5)
        await challenges.settle(5)
        assert await asked(place, PATH) == ANSWER
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (f"GET {PATH} HTTP/1.1", b"200"),
        (f"GET {PATH}?x=1 HTTP/1.1", b"200"),
        (f"HEAD {PATH} HTTP/1.0", b"200"),
        (f"GET {PATH}x HTTP/1.1", b"404"),
        ("GET /.well-known/acme-challenge/../../etc/passwd HTTP/1.1", b"404"),
        ("GET /.well-known/acme-challenge/ HTTP/1.1", b"404"),
        ("GET / HTTP/1.1", b"404"),
        (f"POST {PATH} HTTP/1.1", b"400"),
        ("nonsense", b"400"),
        ("\x00\xff", b"400"),
    ],
)
def test_only_tokens_that_were_told_are_answered(request_line: str, status: bytes) -> None:
    given = answer(request_line.encode("latin-1") + b"\r\n\r\n", {TOKEN: ANSWER.encode()})
    assert given.split(b" ")[1] == status
    assert (ANSWER.encode() in given) is (status == b"200" and not request_line.startswith("HEAD"))


def test_what_is_no_token_is_left_out_and_there_is_a_bound() -> None:
    bad = [
        ChallengeAnswer("a/b" * 8, ANSWER),
        ChallengeAnswer(TOKEN, "x\r\nSet-Cookie: a=b"),
        ChallengeAnswer("short", ANSWER),
    ]
    assert answers_of(ChallengesDocument(1, tuple(bad))) == {}
    many = tuple(ChallengeAnswer(f"{number:032d}", ANSWER) for number in range(1100))
    assert len(answers_of(ChallengesDocument(1, many))) == 1000
