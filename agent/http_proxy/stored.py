"""The proxy that a node joined through, on disk: it may hold a password, and nobody but the owner reads it."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from agent.directory import NodeRecord
from agent.http_proxy.proxy import DIRECT, HttpProxy
from nimbus.protocol.files import write_atomically

log = logging.getLogger("nimbus.agent")


def store_proxy(file: Path, proxy: HttpProxy) -> None:
    """None is no file. Blocks. Raises OSError."""
    if proxy.host:
        write_atomically(file, msgspec.json.encode(proxy))
    else:
        file.unlink(missing_ok=True)


def stored_proxy(file: Path) -> HttpProxy:
    """DIRECT when there is no file, or one that cannot be read: the log says so. Blocks."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=HttpProxy)
    except FileNotFoundError:
        return DIRECT
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        log.error(
            "%s cannot be read: the HTTP proxy is not used. Name it in the agent's settings: proxy", file
        )
        return DIRECT


def proxy_for(proxy: HttpProxy, record: NodeRecord) -> HttpProxy:
    """As this node uses it: what is in the mesh is reached through the mesh alone."""
    return proxy if record.mesh is None else proxy.and_directly(record.mesh.address)
