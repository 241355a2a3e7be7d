"""TCP to a host of the control plane: directly, or by way of an HTTP proxy. Once in words that block, once in
Trio's."""

from __future__ import annotations

import http.client
import socket
import ssl

import trio

from agent.http_proxy.asking import Answer, not_reached, question
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.reasons import reason_of

_READ_BYTES = 4096


def connected_socket(host: str, port: int, timeout: float, proxy: HttpProxy = DIRECT) -> socket.socket:
    """Blocks; `timeout` in seconds, of each step, and of the socket from then on. Raises OSError, and its kind
    ProxyFailed."""
    if not proxy.serves(host):
        return socket.create_connection((host, port), timeout=timeout)
    try:
        tcp = socket.create_connection((proxy.host, proxy.port), timeout=timeout)
    except OSError as error:
        raise not_reached(proxy, reason_of(error)) from None
    try:
        tcp.sendall(question(proxy, host, port))
        answer = Answer(proxy, host, port)
        while not answer.take(tcp.recv(_READ_BYTES)):
            pass
    except BaseException:
        tcp.close()
        raise
    return tcp


def https_connection(
    host: str, port: int, timeout: float, context: ssl.SSLContext, proxy: HttpProxy = DIRECT
) -> http.client.HTTPSConnection:
    """Connected, the handshake done: nothing has been sent. Blocks. Raises OSError."""
    connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    tcp = connected_socket(host, port, timeout, proxy)
    try:
        connection.sock = context.wrap_socket(tcp, server_hostname=host)
    except BaseException:
        tcp.close()
        raise
    return connection


async def connected_stream(host: str, port: int, proxy: HttpProxy = DIRECT) -> trio.SocketStream:
    """Raises OSError, its kind ProxyFailed, trio.BrokenResourceError. Whoever calls it sets a time limit."""
    if not proxy.serves(host):
        return await trio.open_tcp_stream(host, port)
    try:
        stream = await trio.open_tcp_stream(proxy.host, proxy.port)
    except OSError as error:
        raise not_reached(proxy, reason_of(error)) from None
    try:
        await stream.send_all(question(proxy, host, port))
        answer = Answer(proxy, host, port)
        while not answer.take(bytes(await stream.receive_some(_READ_BYTES))):
            pass
    except BaseException:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)
        raise
    return stream
