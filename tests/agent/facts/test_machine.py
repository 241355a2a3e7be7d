"""Facts of this very machine, compared with what the system says of itself."""

from __future__ import annotations

import os
import socket

from agent.facts.machine import collect_facts
from agent.facts.metrics import system_metrics


def test_facts_are_those_of_this_machine() -> None:
    facts = collect_facts()
    assert facts.hostname == socket.gethostname()
    assert facts.kernel == os.uname().release
    assert facts.cpu_count == os.cpu_count()
    with open("/proc/meminfo", encoding="ascii") as stream:
        assert facts.memory_bytes == int(stream.readline().split()[1]) * 1024
    assert all(disk.total_bytes >= disk.used_bytes >= 0 for disk in facts.disks)
    assert "127.0.0.1" not in facts.addresses


def test_metrics_are_within_their_bounds() -> None:
    system_metrics()
    metrics = system_metrics()
    assert 0 <= metrics.cpu_percent <= 100
    assert 0 < metrics.memory_used_bytes < metrics.memory_total_bytes
    assert 0 < metrics.disk_used_bytes <= metrics.disk_total_bytes
    assert metrics.uptime_s > 0
