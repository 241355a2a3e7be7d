"""Events reach everybody who subscribed, whatever the others do."""

from __future__ import annotations

import msgspec
import pytest

from nimbus.kernel.events import EventBus


class Happened(msgspec.Struct, frozen=True):
    number: int


def test_a_subscriber_that_raises_keeps_the_event_from_nobody(caplog: pytest.LogCaptureFixture) -> None:
    bus = EventBus()
    heard: list[str] = []

    def broken(_event: Happened) -> None:
        raise OSError(5, "a socket that is gone")

    bus.subscribe(Happened, lambda event: heard.append(f"first {event.number}"))
    bus.subscribe(Happened, broken)
    bus.subscribe(Happened, lambda event: heard.append(f"last {event.number}"))
    bus.publish(Happened(1))
    assert heard == ["first 1", "last 1"]
    assert "Happened" in caplog.text
    assert "a socket that is gone" in caplog.text
