"""Several virtual hosts on one nginx, and what stands between a client and a server behind it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nimbus.edge.templates import built_in
from nimbus.edge.virtual_hosts.configuration import EdgePaths, Listen, Surroundings, configuration
from nimbus.edge.virtual_hosts.records import Header, Location, VirtualHostSpec
from nimbus.edge.virtual_hosts.rules import checked
from nimbus.edge.whole_nginx import whole_nginx
from nimbus.protocol.nginx.upstreams import Server, upstream_block
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports
from tests.nimbus.edge.test_on_three_nginx import ask, backend, certify, deploy, host


@pytest.fixture(params=RELEASES)
def nginx(request: pytest.FixtureRequest, tmp_path: Path) -> EdgeNginx:
    return EdgeNginx(request.param, tmp_path / "nginx")


def deploy_all(nginx: EdgeNginx, *specs: VirtualHostSpec) -> None:
    certificates = nginx.folder / "certificates"
    certify(certificates, "*.example.com")
    log = str(nginx.folder / "requests.log")
    paths = EdgePaths(str(certificates), str(nginx.folder / "challenges.sock"), log)
    listens: set[Listen] = set()
    for number, spec in enumerate(specs, 1):
        edge = Surroundings(nginx.dialect, False, paths, "edge", {}, {})
        identity = f"0198c0de-0000-7000-8000-{number:012}"
        made = configuration(identity, checked(spec), built_in.parsed("default"), edge, is_ours=True)
        listens |= made.listens
        nginx.write(f"50-{identity}", made.text)
        for name, found in made.backends.items():
            nginx.write(f"10-{name}", upstream_block(name, [Server(found.address)]))
    socket_path = str(nginx.folder / "generation.sock")
    head = whole_nginx(
        nginx.dialect, listens, has_ipv6=False, generation=1, generation_socket=socket_path, access_log=log
    )
    nginx.write("00-nginx", head)


def secure(name: str, port: int, **more: object) -> VirtualHostSpec:
    fields: dict[str, object] = {
        "server_name": (f"{name}.example.com",),
        "listen_port": port,
        "ssl_certificate_id": "c",
        "redirect_http": False,
        "locations": (
            Location(path="/", redirect=f"https://{name}.invalid/", custom_headers=(Header("X-A", "1"),)),
        ),
    }
    return VirtualHostSpec(**{**fields, **more})  # type: ignore[arg-type]


def test_two_hosts_with_http3_share_a_port(nginx: EdgeNginx) -> None:
    """Each is announced, in each answer; HSTS stays beside a header of its own."""
    (port,) = free_ports(1)
    specs = (secure("a", port, http3=True, hsts=300), secure("b", port, http3=True, http2=False))
    deploy_all(nginx, *specs)
    assert nginx.test() == ""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with nginx.running(port):
        answers = {}
        for name in ("a", "b"):
            raw = socket.create_connection(("127.0.0.1", port), 10)
            with context.wrap_socket(raw, server_hostname=f"{name}.example.com") as tls:
                tls.sendall(
                    f"GET / HTTP/1.1\r\nHost: {name}.example.com\r\nConnection: close\r\n\r\n".encode()
                )
                whole = b""
                while piece := tls.recv(65536):
                    whole += piece
                answers[name] = whole.decode()
    for name, text in answers.items():
        assert f"Location: https://{name}.invalid/" in text
        assert "X-A: 1" in text
        assert (f'Alt-Svc: h3=":{port}"' in text) == nginx.dialect.can_http3
    assert ("Strict-Transport-Security: max-age=300" in answers["a"], "Strict" in answers["b"]) == (
        True,
        False,
    )


def test_only_a_trusted_proxy_says_where_a_client_is(nginx: EdgeNginx) -> None:
    (port,) = free_ports(1)
    with backend() as behind:
        to = (Location(path="/", proxy_pass=f"http://127.0.0.1:{behind}"),)
        deploy_all(
            nginx,
            host(port, *to, server_name=("trusting.example",), trusted_proxies=("127.0.0.0/8",)),
            host(port, *to, server_name=("other.example",)),
        )
        with nginx.running(port):
            told = {}
            for name in ("trusting.example", "other.example"):
                answer = ask(port, "/", name, **{"X-Forwarded-For": "203.0.113.9"})
                told[name] = answer.headers["Got-X-Real-IP"]
    assert told == {"trusting.example": "203.0.113.9", "other.example": "127.0.0.1"}


@contextmanager
def upgrading() -> Iterator[int]:
    """A server that becomes a WebSocket whatever it is asked for, and gives back what comes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            head = connection.recv(65536).lower()
            assert b"upgrade: websocket" in head
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
            )
            while piece := connection.recv(4096):
                connection.sendall(piece)

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    thread.join(20)
    listener.close()


def test_a_websocket_needs_no_slash_at_the_end(nginx: EdgeNginx) -> None:
    (port,) = free_ports(1)
    with upgrading() as behind:
        location = Location(path="/hosted", proxy_pass=f"http://127.0.0.1:{behind}", websocket=True)
        deploy_all(nginx, host(port, location, server_name=("www.example.com",)))
        with nginx.running(port), socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(
                b"GET /hosted/1/8080 HTTP/1.1\r\nHost: www.example.com\r\n"
                b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
            )
            assert client.recv(65536).startswith(b"HTTP/1.1 101 ")
            client.sendall(b"said")
            assert client.recv(100) == b"said"


def test_a_large_body_is_let_through_where_it_is_wanted(nginx: EdgeNginx) -> None:
    """And refused with the status that says why where it is not."""
    (port,) = free_ports(1)
    with backend() as behind:
        for limit, status in ((1, b" 413 "), (0, b" 100 ")):
            location = Location(path="/", proxy_pass=f"http://127.0.0.1:{behind}", buffering=False)
            deploy(nginx, host(port, location, max_body=limit, server_name=("www.example.com",)))
            with nginx.running(port), socket.create_connection(("127.0.0.1", port), 10) as client:
                client.sendall(
                    b"POST / HTTP/1.1\r\nHost: www.example.com\r\nExpect: 100-continue\r\n"
                    b"Content-Length: 5368709120\r\n\r\n"
                )
                assert client.recv(65536).startswith(b"HTTP/1.1" + status)
