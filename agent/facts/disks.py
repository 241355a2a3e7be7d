"""Mounted file systems that hold data."""

from __future__ import annotations

import os

import psutil

from nimbus.protocol.messages import Disk

_MAX_DISKS = 64


def disks() -> tuple[Disk, ...]:
    """One per device: a device mounted twice counts once."""
    disks: dict[str, Disk] = {}
    for partition in psutil.disk_partitions(all=False):
        try:
            usage = psutil.disk_usage(partition.mountpoint)
            nodes = os.statvfs(partition.mountpoint)
        except OSError:
            continue
        disks.setdefault(
            partition.device,
            Disk(
                partition.mountpoint,
                partition.device,
                partition.fstype,
                usage.total,
                usage.used,
                nodes.f_files,
                nodes.f_files - nodes.f_ffree,
            ),
        )
    return tuple(list(disks.values())[:_MAX_DISKS])
