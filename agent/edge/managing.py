"""What of nginx is written besides the files that it serves: nginx.conf where it is Nimbus's too, and its unit.
Functions block, and raise OSError."""

from __future__ import annotations

from pathlib import Path

from agent.edge.main_file import with_shutdown_timeout, without_shutdown_timeout
from agent.edge.nginx import NGINX_SOCKETS, NginxPlace
from agent.edge.unit import add_drop_in, remove_drop_in
from nimbus.protocol.edge import EdgeSettings
from nimbus.protocol.files import PUBLIC_MODE, write_atomically

_BACKUP = ".before-nimbus"


def manage(place: NginxPlace, settings: EdgeSettings, folder: Path) -> None:
    if settings.mode == "systemd":
        add_drop_in(folder / name for name in NGINX_SOCKETS)
    else:
        remove_drop_in()
    if settings.owns_main_file:
        _own_main(place, settings.worker_shutdown_s)
    else:
        _restore_main(place)


def unmanage(place: NginxPlace, folder: Path) -> None:
    """As it was before. `folder` is the agent's for its edge."""
    _restore_main(place)
    remove_drop_in()
    for name in NGINX_SOCKETS:
        (folder / name).unlink(missing_ok=True)


def _own_main(place: NginxPlace, shutdown_s: int) -> None:
    """What the operator writes into it stays."""
    main = place.outside(place.main)
    backup = main.with_name(main.name + _BACKUP)
    if not backup.exists():
        write_atomically(backup, main.read_bytes(), mode=PUBLIC_MODE)
    present = main.read_text("utf-8")
    text = with_shutdown_timeout(present, shutdown_s)
    if present != text:
        write_atomically(main, text.encode(), mode=PUBLIC_MODE)


def _restore_main(place: NginxPlace) -> None:
    main = place.outside(place.main)
    backup = main.with_name(main.name + _BACKUP)
    if backup.is_file():
        text = without_shutdown_timeout(main.read_text("utf-8"), backup.read_text("utf-8"))
        write_atomically(main, text.encode(), mode=PUBLIC_MODE)
        backup.unlink()
