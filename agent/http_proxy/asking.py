"""What is said to a proxy, and what its answer means. No I/O."""

from __future__ import annotations

import re

from agent.http_proxy.proxy import HttpProxy
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.version import VERSION

MOST_HEAD_BYTES = 16 * 1024
_END = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [^\r\n]*)?\r\n")


class ProxyFailed(NimbusError, OSError):
    """The HTTP proxy does not lead to the control plane. An OSError too: to whoever wants a connection there is
    none."""

    code = "PROXY_FAILED"

    def __init__(self, message: str, *, code: str = "PROXY_FAILED", next_step: str = "") -> None:
        NimbusError.__init__(self, message, code=code, next_step=next_step)

    def __str__(self) -> str:
        return self.message


def question(proxy: HttpProxy, host: str, port: int) -> bytes:
    """The request for a way to there."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", f"User-Agent: nimbus-agent/{VERSION}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    return "\r\n".join((*lines, "", "")).encode("ascii")


class Answer:
    """Of a proxy, as it comes in."""

    def __init__(self, proxy: HttpProxy, host: str, port: int) -> None:
        self._proxy, self._where = proxy, f"{host}:{port}"
        self._head = bytearray()

    def take(self, data: bytes) -> bool:
        """What was received, nothing: the connection has ended. Whether the way is open. Raises ProxyFailed."""
        self._head += data
        match = _STATUS.match(self._head)
        is_whole = _END in self._head
        if match is not None and (is_whole or not data):
            self._judge(int(match[1]))
            # The other side of TLS waits for our word: what comes before it is another program's.
            if is_whole and self._head.endswith(_END) and self._head.count(_END) == 1:
                return True
        if is_whole or not data or len(self._head) > MOST_HEAD_BYTES or not self._may_become_one:
            raise self._no_proxy()
        return False

    @property
    def _may_become_one(self) -> bool:
        begin = b"HTTP/1."
        return bytes(self._head[: len(begin)]) == begin[: len(self._head)]

    def _no_proxy(self) -> ProxyFailed:
        return ProxyFailed(
            f"what answers at {self._proxy.name} is no HTTP proxy",
            code="PROXY_REFUSED",
            next_step="Name the proxy that your network has: nimbus-agent join --proxy http://HOST:PORT",
        )

    def _judge(self, status: int) -> None:
        """Raises ProxyFailed unless it opens the way."""
        if 200 <= status < 300:
            return
        name, where = self._proxy.name, self._where
        # 401 is what tinyproxy says to a wrong password.
        if status in (401, 407):
            known = bool(self._proxy.authorization)
            raise ProxyFailed(
                f"the HTTP proxy {name} does not take the name and password that it was given (HTTP {status})"
                if known
                else f"the HTTP proxy {name} wants a name and a password (HTTP {status})",
                code="PROXY_REFUSED",
                next_step="Give them: --proxy http://USER:PASSWORD@HOST:PORT (%40 stands for @ in them).",
            )
        if status in (502, 503, 504):
            raise ProxyFailed(
                f"the HTTP proxy {name} does not reach {where} (HTTP {status})",
                code="PROXY_UNREACHABLE",
                next_step="Check that the control plane runs, and that the proxy may connect there.",
            )
        if status in (400, 404, 405, 501):
            raise ProxyFailed(
                f"what answers at {name} does not connect to others (HTTP {status})",
                code="PROXY_REFUSED",
                next_step="Name the proxy that your network has for HTTPS.",
            )
        raise ProxyFailed(
            f"the HTTP proxy {name} does not let this machine connect to {where} (HTTP {status})",
            code="PROXY_REFUSED",
            next_step="Have it allow that host and port (CONNECT), or let the API listen on port 443.",
        )


def not_reached(proxy: HttpProxy, reason: str) -> ProxyFailed:
    return ProxyFailed(
        f"the HTTP proxy {proxy.name} is not reached: {reason}",
        code="PROXY_UNREACHABLE",
        next_step="Check its address, and that this machine may connect to it.",
    )
