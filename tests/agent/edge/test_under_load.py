"""Generations that follow each other while requests come and websockets are open: none is lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import trio

from agent.edge.deploying import Deployer
from agent.edge.generations import Generations
from agent.edge.nginx import Nginx
from nimbus.protocol.edge import ConfigurationFile, Outcome
from tests.agent.edge.test_deploying import GOOD, Edge
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports

DEPLOYS, CLIENTS, SOCKETS = 5, 3, 4


async def back_end(stream: trio.SocketStream) -> None:
    """Answers a request, or gives back whatever comes once it was upgraded."""
    async with stream:
        head = await stream.receive_some(4096)
        if b"upgrade: websocket" not in bytes(head).lower():
            await stream.send_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            return
        await stream.send_all(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
        )
        async for piece in stream:
            await stream.send_all(piece)


def host(port: int, back: int, version: int) -> ConfigurationFile:
    text = (
        f"server {{ listen 127.0.0.1:{port}; set $version {version}; location / {{ proxy_http_version 1.1;"
        " proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;"
        f" proxy_pass http://127.0.0.1:{back}; }} }}\n"
    )
    return ConfigurationFile("50-a", text, GOOD, version)


async def ask(port: int) -> bool:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b"".join([bytes(piece) async for piece in stream])
    return answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"ok")


async def open_socket(port: int) -> trio.SocketStream:
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    await stream.send_all(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
    assert bytes(await stream.receive_some(4096)).startswith(b"HTTP/1.1 101")
    return stream


async def test_no_request_is_lost_and_websockets_stay_open(tmp_path: Path) -> None:
    nginx = EdgeNginx(RELEASES[-1], tmp_path / "nginx")
    edge = Edge(nginx)
    edge.deployer = Deployer(
        Nginx(nginx.place), Generations(nginx.folder / "conf.d"), _counting(), quiet_s=0.05
    )
    port = free_ports(1)[0]
    answers: list[bool] = []
    is_over = trio.Event()

    async def load() -> None:
        while not is_over.is_set():
            answers.append(await ask(port))

    with nginx.running():
        async with trio.open_nursery() as nursery:
            (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(partial(trio.serve_listeners, back_end, [listener]))
            back = listener.socket.getsockname()[1]
            assert (await edge.deploy(1, host(port, back, 1))).outcome is Outcome.PROVEN
            sockets = [await open_socket(port) for _ in range(SOCKETS)]
            for _ in range(CLIENTS):
                nursery.start_soon(load)
            for generation in range(2, 2 + DEPLOYS):
                assert (await edge.deploy(generation, host(port, back, generation))).outcome is Outcome.PROVEN
                for number, stream in enumerate(sockets):
                    said = f"{generation}-{number}".encode()
                    await stream.send_all(said)
                    assert bytes(await stream.receive_some(100)) == said
            is_over.set()
            for stream in sockets:
                await stream.aclose()
            nursery.cancel_scope.cancel()
    assert len(answers) > DEPLOYS
    assert all(answers)


def _counting() -> partial[str]:
    numbers = iter(range(20261130000000, 20261130000100))
    return partial(lambda: str(next(numbers)))
