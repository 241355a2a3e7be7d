"""Connections to the control plane's API for WireGuard over TLS, by the addresses that the node knows."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.node_section.settings import NodeSettings
from agent.over_tls.connection import Connection, NoWay
from agent.over_tls.trust import api_context, machine_context

MOST_URLS = 8


class ApiConnections:
    """`settings` are as of now; `ca` is the file of the control plane's CA."""

    def __init__(
        self,
        settings: Callable[[], NodeSettings],
        ca: Path,
        pins: tuple[str, ...] = (),
        proxy: HttpProxy = DIRECT,
    ) -> None:
        self._settings = settings
        self._ca = ca
        self._pins = pins
        self._proxy = proxy

    async def connect(self) -> Connection:
        """By the first address that takes it. Raises NoWay with what came of each."""
        # Only now: nearly no node ever needs the library for it.
        from agent.over_tls.websocket import connect

        settings = self._settings()
        trust = settings.record.api_trust
        try:
            contexts = [api_context(self._ca.read_text("ascii"), trust)]
        except (OSError, ValueError, ssl.SSLError) as error:
            raise NoWay(f"{self._ca} cannot be used: {error}") from None
        if trust:
            contexts.append(machine_context())
        problems = []
        for url in settings.public_api[:MOST_URLS]:
            try:
                return await connect(
                    url,
                    contexts,
                    self._pins or settings.record.pins,
                    sole_authority=not trust,
                    proxy=self._proxy,
                )
            except NoWay as error:
                problems.append(str(error))
        raise NoWay("; ".join(problems) or "no address of the API is known")
