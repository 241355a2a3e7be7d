"""The process that runs on the data directory, and its ports."""

from __future__ import annotations

import fcntl
import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from nimbus.protocol.checkup.finding import Finding
from nimbus.settings.addresses import is_wildcard, listen_address, wireguard_port
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory

_ANSWER_S = 5.0


def is_running(directory: DataDirectory) -> bool:
    """Whether a process holds the directory; makes no file."""
    try:
        handle = os.open(directory.root / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def serving(config: ControlPlaneConfig, directory: DataDirectory, *, running: bool) -> Iterator[Finding]:
    if running:
        yield Finding(True, "process", f"a control plane is running on {directory.root}")
        yield from _listeners(directory)
        return
    yield Finding(
        False,
        "process",
        f"no control plane is running on {directory.root}",
        "Start it: systemctl start nimbus-api, or: nimbus api",
    )
    address, port = listen_address(config)
    yield from _is_free(address, port, socket.SOCK_STREAM, "the API")
    yield from _is_free(address, config.agent_port, socket.SOCK_STREAM, "agents")
    if config.mesh != "off":
        yield from _is_free("0.0.0.0", wireguard_port(config), socket.SOCK_DGRAM, "WireGuard")  # noqa: S104


def _listeners(directory: DataDirectory) -> Iterator[Finding]:
    """At what the process itself says that it serves."""
    told = directory.last_running()
    if told is None:
        yield Finding(None, "ports", "the control plane has not said yet which ports it serves")
        return
    for what, url in (("the API", told.api), ("the agents' listener", told.agent_api)):
        problem = _greeted(url)
        yield Finding(
            not problem,
            "ports",
            f"{what} answers at {url}" if not problem else f"{what} does not answer at {url}: {problem}",
            "" if not problem else "See its log: journalctl -u nimbus-api -n 50",
        )


def _greeted(url: str) -> str:
    """Why no TLS server answers there, "" when one does. Which certificate it has is looked at in its file."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    local = "127.0.0.1" if is_wildcard(host) else host
    try:
        with socket.create_connection((local, parts.port or 443), timeout=_ANSWER_S) as tcp:
            context.wrap_socket(tcp, server_hostname=local).close()
    except ssl.SSLError as error:
        # The agents' listener wants a certificate: that it says so is an answer.
        return "" if "ALERT" in str(error).upper() else str(error.reason or error)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _is_free(address: str, port: int, kind: socket.SocketKind, what: str) -> Iterator[Finding]:
    """Binds it for a moment: the control plane would do the same."""
    if not port:
        return
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    name = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    with socket.socket(family, kind) as trial:
        if kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            yield Finding(
                False,
                "ports",
                f"{name} port {port} of {what} cannot be used: {error.strerror}",
                f"See which program has it: ss -lnp 'sport = :{port}'. Stop it, or set another port.",
            )
