"""WireGuard over TLS for a join, which blocks: the loop that carries it runs in a thread beside."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType

import trio

from agent.http_proxy.asking import ProxyFailed
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.over_tls.connection import Connection, NoWay
from agent.over_tls.trust import api_context, machine_context
from agent.over_tls.tunnel import TlsTunnel
from nimbus.protocol.join_token import JoinToken

START_TIMEOUT_S = 10.0


class JoinOverTls:
    """To the API of the token. A context: what was begun ends with it. Nothing is begun before `endpoint`."""

    def __init__(self, token: JoinToken, pins: tuple[str, ...] = (), proxy: HttpProxy = DIRECT) -> None:
        self._token, self._pins, self.proxy = token, pins, proxy
        # What the HTTP proxy had against it last.
        self.proxy_failure: ProxyFailed | None = None
        self._thread: threading.Thread | None = None
        self._started = threading.Event()
        self._tunnel: TlsTunnel | None = None
        self._loop: trio.lowlevel.TrioToken | None = None
        self._scope: trio.CancelScope | None = None

    def __enter__(self) -> JoinOverTls:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._thread is not None and self._loop is not None and self._scope is not None:
            with suppress(trio.RunFinishedError):
                trio.from_thread.run_sync(self._scope.cancel, trio_token=self._loop)
            self._thread.join()

    @property
    def urls(self) -> tuple[str, ...]:
        return self._token.api_urls

    @property
    def problem(self) -> str:
        return self._tunnel.problem if self._tunnel is not None else ""

    def endpoint(self, device_port: int) -> str:
        """Where WireGuard, which listens on that UDP port, sends so that it goes over TLS."""
        if self._thread is None:
            self._thread = threading.Thread(target=trio.run, args=(self._main,), daemon=True)
            self._thread.start()
            if not self._started.wait(START_TIMEOUT_S):
                raise OSError("the connection over TLS was not established")
        assert self._tunnel is not None
        assert self._loop is not None
        trio.from_thread.run_sync(self._tunnel.use_port, device_port, trio_token=self._loop)
        return self._tunnel.endpoint

    async def _main(self) -> None:
        with trio.CancelScope() as self._scope:
            self._loop = trio.lowlevel.current_trio_token()
            self._tunnel = TlsTunnel(self._connect, udp=lambda: ())
            self._started.set()
            await self._tunnel.run()

    async def _connect(self) -> Connection:
        from agent.over_tls.websocket import connect

        trust = self._token.trust
        contexts = [api_context(self._token.ca, trust), *([machine_context()] if trust else [])]
        problems = []
        for url in self.urls:
            try:
                return await connect(url, contexts, self._pins, sole_authority=not trust, proxy=self.proxy)
            except NoWay as error:
                if isinstance(error.__cause__, ProxyFailed):
                    self.proxy_failure = error.__cause__
                problems.append(str(error))
        raise NoWay("; ".join(problems))
