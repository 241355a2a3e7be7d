"""Asking to join: whose request has gone out may have been accepted, and goes on asking for its answer."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from agent import join_client
from agent.doctor import JoinFailed
from agent.join_client import JoinClient
from nimbus.kernel.clock import SystemClock
from nimbus.protocol.join_token import JoinToken
from nimbus.protocol.messages import JoinAnswer, JoinRequest
from nimbus.trust.pki import authority
from tests.kit.records import join_request

ANSWER = JoinAnswer(
    node_id="n",
    name="web-1",
    workspace="w",
    certificate="c",
    ca="a",
    agent_api="u",
    heartbeat_interval_s=10.0,
)
Talk = Callable[[ssl.SSLSocket, int], None]


@contextmanager
def server(folder: Path, talk: Talk) -> Iterator[JoinToken]:
    """`talk` is called with each TLS connection and its number, from 1; the token names the server."""
    now = SystemClock().now()
    ca = authority.load_or_create(folder / "pki", now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*ca.server_files(["127.0.0.1"], now))
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        number = 0
        while True:
            try:
                tcp, _address = listening.accept()
            except OSError:
                return
            number += 1
            try:
                with context.wrap_socket(tcp, server_side=True) as tls:
                    talk(tls, number)
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        port = listening.getsockname()[1]
        yield JoinToken(secret="s", expires_at=int(time.time() + 60), ca=ca.certificate_der, api_port=port)
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)


def read_request(tls: ssl.SSLSocket) -> JoinRequest:
    received = b""
    while b"\r\n\r\n" not in received:
        received += tls.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    [length] = [
        int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")
    ]
    while len(body) < length:
        body += tls.recv(65536)
    return msgspec.json.decode(body, type=JoinRequest)


def answer(tls: ssl.SSLSocket) -> None:
    body = msgspec.json.encode(ANSWER)
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_client, "ANSWER_TIMEOUT_S", 0.3)
    monkeypatch.setattr(join_client, "_PAUSE_S", 0.05)


def test_an_answer_that_was_lost_is_asked_for_until_the_token_ends(tmp_path: Path) -> None:
    """As when a second machine with the same token has the tunnel: the request arrives, its answer does not."""
    secrets: list[str] = []

    def talk(tls: ssl.SSLSocket, number: int) -> None:
        secrets.append(read_request(tls).secret)
        if number > 12:
            answer(tls)

    said: list[str] = []
    with server(tmp_path, talk) as token:
        found = JoinClient(token, say=said.append).ask(("127.0.0.1",), join_request("s"))
    assert found == ANSWER
    assert len(secrets) == 13
    assert len([line for line in said if "retrying until the token expires" in line]) == 1


def test_one_whose_request_never_went_out_gives_up(tmp_path: Path) -> None:
    with server(tmp_path, lambda _tls, _number: None) as token:
        nobody = msgspec.structs.replace(token, api_port=1)
        with pytest.raises(JoinFailed) as failed:
            JoinClient(nobody).ask(("127.0.0.1",), join_request("s"))
    assert failed.value.code == "API_UNREACHABLE"
    assert "nothing listens there" in failed.value.message


def test_asking_ends_with_the_token(tmp_path: Path) -> None:
    with server(tmp_path, lambda tls, _number: void(read_request(tls))) as token:
        token = msgspec.structs.replace(token, expires_at=int(time.time() + 2))
        with pytest.raises(JoinFailed) as failed:
            JoinClient(token).ask(("127.0.0.1",), join_request("s"))
    assert failed.value.code == "API_UNREACHABLE"


def void(_value: object) -> None:
    return


def test_another_machine_that_was_faster_is_named_through_the_way_outside(tmp_path: Path) -> None:
    def talk(tls: ssl.SSLSocket, _number: int) -> None:
        if read_request(tls).check_only:
            body = b'{"error":{"code":"TOKEN_USED","message":"the token was used already"}}'
            tls.sendall(b"HTTP/1.1 409 Conflict\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with server(tmp_path, talk) as token:
        token = msgspec.structs.replace(token, api_hosts=("127.0.0.1",))
        with pytest.raises(JoinFailed) as failed:
            JoinClient(token).ask(("127.0.0.1",), join_request("s", mesh=True))
    assert failed.value.code == "TOKEN_USED"
