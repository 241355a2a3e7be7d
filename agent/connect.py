"""The link of this node: by certificate, or by signature through a proxy."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from agent.directory import AgentDirectory, NodeRecord
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.link import ControlPlaneLink, Link, agent_context
from agent.proxied_link import ProxiedLink, proxied_context
from agent.session import SessionKeyFile, Signer


def context_of(directory: AgentDirectory, record: NodeRecord) -> ssl.SSLContext:
    if record.auth == "session-key":
        # Without pins nothing would be compared.
        return proxied_context(str(directory.ca), pinned=record.pinned and bool(record.pins))
    return agent_context(str(directory.ca), str(directory.certificate), str(directory.key))


def open_link(
    directory: AgentDirectory,
    record: NodeRecord,
    pins: tuple[str, ...] = (),
    urls: Sequence[str] = (),
    proxy: HttpProxy = DIRECT,
) -> ControlPlaneLink:
    """`pins` take the place of those that the node joined with, `urls` that of the address that it joined with.
    Raises SessionKeysUnreadable."""
    pins = pins or record.pins
    urls = urls or (record.agent_api,)
    if record.auth != "session-key":
        return Link(urls, lambda: context_of(directory, record), pins=pins, proxy=proxy)
    file = SessionKeyFile(directory.session)
    signer = Signer(file.load())
    return ProxiedLink(urls, lambda: context_of(directory, record), signer, file, pins=pins, proxy=proxy)
