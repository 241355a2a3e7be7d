"""nginx as it was before this machine was an edge. Functions block."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from agent.edge.generations import Generations
from agent.edge.main_file import OURS
from agent.edge.managing import unmanage
from agent.edge.nginx import LOADED_SOCKET, Nginx, NginxFailed, NginxPlace
from agent.edge.places import find
from nimbus.protocol.edge import EdgeSettings

log = logging.getLogger("nimbus.edge")


def undo(place: NginxPlace, folder: Path) -> None:
    """Nothing of ours is read by it any more; it is told so when it runs. `folder` is the agent's for its edge;
    access logs in there stay until they are sent. Raises OSError."""
    generations = Generations(place.conf_d)
    (generations.folder / OURS).unlink(missing_ok=True)
    generations.clear()
    for old in generations.all():
        generations.drop(old)
    unmanage(place, folder)
    shutil.rmtree(folder / "certificates", ignore_errors=True)
    (folder / "seen.json").unlink(missing_ok=True)
    Nginx(place).reload()


def leave_nginx(folder: Path, settings: EdgeSettings, program: str = "", main: str = "") -> None:
    """Of a node that leaves. What cannot be undone is said, and holds up nothing."""
    if not (folder / "certificates").is_dir():
        return
    try:
        place, _ = find(settings.mode, folder / LOADED_SOCKET, program, main)
        undo(place, folder)
    except (NginxFailed, OSError) as error:
        log.warning("nginx cannot be left as it was: %s", error)
