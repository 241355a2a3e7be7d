"""Why the control plane does not answer, in words of ours."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nimbus.client.client import Client, Unreachable
from nimbus.client.profiles import Profile


@contextmanager
def listening(answer: bytes) -> Iterator[int]:
    """Takes one connection, reads what comes, answers, and ends it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as peer:
                peer.recv(65536)
                peer.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "the connection was cut"),
        (
            b"HTTP/1.1 400 no TLS here\r\n\r\n",
            "what listens there does not speak TLS as a control plane does",
        ),
    ],
)
def test_who_answers_is_no_control_plane(answer: bytes, reason: str) -> None:
    with listening(answer) as port, pytest.raises(Unreachable) as caught:
        Client(Profile(f"https://127.0.0.1:{port}", "k", "s", "")).get("/api/v1/nodes")
    assert caught.value.message == f"the control plane at 127.0.0.1:{port} does not answer: {reason}"
