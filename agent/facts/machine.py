"""All facts of a machine."""

from __future__ import annotations

import platform
import shutil
import socket

import psutil

from agent.facts.disks import disks
from agent.facts.gpus import gpus
from agent.facts.nginx import nginx_version
from nimbus.protocol.messages import Facts
from nimbus.protocol.version import VERSION

_PROGRAMS = ("docker", "nginx", "k3s", "exportfs", "sshd", "nvidia-smi", "wireguard-go")


def collect_facts() -> Facts:
    """Blocks for the time of a few system calls, and of nvidia-smi where there is one."""
    return Facts(
        hostname=socket.gethostname(),
        os=_os_name(),
        kernel=platform.release(),
        architecture=platform.machine(),
        cpu_model=_cpu_model(),
        cpu_count=psutil.cpu_count() or 0,
        memory_bytes=psutil.virtual_memory().total,
        disks=disks(),
        gpus=gpus(),
        addresses=_addresses(),
        agent_version=VERSION,
        python_version=platform.python_version(),
        capabilities=tuple(name for name in _PROGRAMS if shutil.which(name)),
        nginx=nginx_version(),
    )


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _cpu_model() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:
            for line in stream:
                if line.startswith(("model name", "Model", "Processor")):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def _addresses() -> tuple[str, ...]:
    """Own addresses, without those that no other machine can use."""
    usable = {
        address.address
        for name, addresses in psutil.net_if_addrs().items()
        if name != "lo"
        for address in addresses
        if address.family in (socket.AF_INET, socket.AF_INET6) and "%" not in address.address
    }
    return tuple(sorted(usable))
