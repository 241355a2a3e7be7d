"""What a heartbeat tells of the machine's load."""

from __future__ import annotations

import os
import time

import psutil

from nimbus.protocol.messages import SystemMetrics


def system_metrics() -> SystemMetrics:
    """`cpu_percent` is over the time since the last call (0 at the first)."""
    memory = psutil.virtual_memory()
    disk = psutil.disk_usage("/")
    network = psutil.net_io_counters()
    return SystemMetrics(
        cpu_percent=psutil.cpu_percent(interval=None),
        load_1m=os.getloadavg()[0],
        memory_used_bytes=memory.total - memory.available,
        memory_total_bytes=memory.total,
        disk_used_bytes=disk.used,
        disk_total_bytes=disk.total,
        network_rx_bytes=network.bytes_recv if network else 0,
        network_tx_bytes=network.bytes_sent if network else 0,
        uptime_s=max(0.0, time.time() - psutil.boot_time()),
    )
