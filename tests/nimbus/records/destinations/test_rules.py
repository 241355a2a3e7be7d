"""What a target is, where none may lead, when to try again."""

from __future__ import annotations

import ipaddress

import pytest

from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import ValidationError
from nimbus.records.destinations.records import Progress, Target
from nimbus.records.destinations.rules import delay_after, inside, is_due, parse_target

OVERLAY = [ipaddress.ip_network("10.106.103.0/24")]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("https://siem.example.org", Target("webhook", "siem.example.org", 443, True, "/")),
        (
            "https://Siem.example.org:8088/in?x=1",
            Target("webhook", "siem.example.org", 8088, True, "/in?x=1"),
        ),
        ("https://[2001:db8::1]/in", Target("webhook", "2001:db8::1", 443, True, "/in")),
        ("syslog+tls://logs", Target("syslog", "logs", 6514, True)),
        ("syslog+tcp://192.0.2.7:1601", Target("syslog", "192.0.2.7", 1601, False)),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "http://siem.example.org",
        "https://user:secret@siem.example.org",
        "https://siem.example.org/#part",
        "https://siem.example.org:0",
        "https://siem.example.org:65536",
        "https://",
        "https://a b",
        "https://a\\b",
        "syslog+tls://logs/path",
        "syslog+udp://logs",
        "logs:6514",
        "https://[fe80::1",
        "https://[::x]/",
        "",
    ],
)
def test_no_targets(text: str) -> None:
    with pytest.raises(ValidationError, match="target"):
        parse_target(text)


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("64:ff9b::7f00:1", True),
        ("2002:7f00:1::", True),
        ("0.0.0.0", True),
        ("::", True),
        ("169.254.169.254", True),
        ("fe80::1", True),
        ("224.0.0.1", True),
        ("255.255.255.255", True),
        ("10.106.103.9", True),
        ("::ffff:10.106.103.9", True),
        ("10.106.104.9", False),
        ("192.0.2.7", False),
        ("2001:db8::7", False),
        ("64:ff9b::c000:207", False),
    ],
)
def test_where_none_may_lead(address: str, refused: bool) -> None:
    assert bool(inside(ipaddress.ip_address(address), OVERLAY)) is refused


def test_when_to_try_again() -> None:
    assert [delay_after(number) for number in (1, 2, 3, 7, 1000)] == [
        from_seconds(seconds) for seconds in (5, 10, 20, 300, 300)
    ]
    progress = Progress(destination_id="d", cursor=1, due_at=from_seconds(100))
    assert not is_due(progress, from_seconds(99))
    assert is_due(progress, from_seconds(100))
    # The clock was set back by a day.
    assert is_due(Progress(destination_id="d", cursor=1, due_at=from_seconds(86400)), from_seconds(1))
