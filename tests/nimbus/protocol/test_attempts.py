"""What a loop says when a turn of it fails, and what goes through."""

from __future__ import annotations

import logging

import pytest
import trio
import trio.testing

from nimbus.kernel.errors import Unavailable
from nimbus.protocol.attempts import REPEAT_S, Attempts

log = logging.getLogger("nimbus.test")
AWAY = Unavailable("the database is away.", next_step="Start it.")


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, bool]]:
    """Each message, and whether a traceback comes with it."""
    return [(record.getMessage(), bool(record.exc_info)) for record in caplog.records]


async def test_what_says_itself_what_is_the_matter_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    attempts = Attempts(log, "mail could not be sent", "trying again in 5 s")
    with attempts:
        raise AWAY
    assert (attempts.failed, attempts.error, attempts.problem) == (True, AWAY, str(AWAY))
    with attempts:
        raise ExceptionGroup("of a nursery", [AWAY, AWAY])
    assert lines(caplog) == [("mail could not be sent: the database is away; trying again in 5 s", False)]


async def test_a_fault_of_ours_comes_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    attempts = Attempts(log, "mail could not be sent")
    for error in (KeyError("x"), ExceptionGroup("of a nursery", [AWAY, KeyError("x")])):
        with attempts:
            raise error
    assert lines(caplog) == [("mail could not be sent; trying again", True)] * 2


async def test_the_same_reason_is_said_now_and_then(
    caplog: pytest.LogCaptureFixture, mock_clock: trio.testing.MockClock
) -> None:
    attempts = Attempts(log, "mail could not be sent")

    def fail_for(seconds: float, error: Exception) -> int:
        caplog.clear()
        for _ in range(round(seconds)):
            with attempts:
                raise error
            mock_clock.jump(1)
        return len(caplog.records)

    assert fail_for(REPEAT_S, AWAY) == 1
    assert fail_for(REPEAT_S, AWAY) == 1
    assert fail_for(2, KeyError("x")) == 1
    assert fail_for(2, AWAY) == 1
    with attempts:
        """It works again."""
    assert not attempts.failed
    assert fail_for(2, AWAY) == 1


async def test_what_goes_through() -> None:
    with pytest.raises(Unavailable), Attempts(log, "nothing", but=Unavailable):
        raise AWAY
    with trio.CancelScope() as scope, Attempts(log, "nothing"):
        scope.cancel()
        await trio.sleep_forever()
    assert scope.cancelled_caught
