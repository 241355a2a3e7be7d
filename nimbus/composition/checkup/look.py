"""All findings of `nimbus doctor`."""

from __future__ import annotations

from pathlib import Path

from nimbus.composition.checkup.host import host
from nimbus.composition.checkup.serving import is_running, serving
from nimbus.composition.checkup.stored import stored
from nimbus.kernel.clock import Clock
from nimbus.protocol.checkup.finding import Finding
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory


def look(config: ControlPlaneConfig, clock: Clock) -> list[Finding]:
    """Changes nothing. Blocks, for some seconds where a name server or a port does not answer."""
    directory = DataDirectory(Path(config.data_dir).absolute())
    running = is_running(directory)
    return [
        *serving(config, directory, running=running),
        *stored(config, directory, clock),
        *host(config, is_running=running),
    ]
