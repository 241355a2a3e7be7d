"""What strangers send through a virtual host stays what it is, and no virtual host stops the nginx of others."""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nimbus.edge.templates.values import VARIABLES
from nimbus.edge.virtual_hosts.records import Header, Location, RewriteRule
from nimbus.protocol.nginx.upstreams import Server
from tests.kit.debian_releases import unpacked
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports
from tests.nimbus.edge.test_on_three_nginx import UPSTREAM, deploy, host

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@pytest.fixture(params=RELEASES)
def nginx(request: pytest.FixtureRequest, tmp_path: Path) -> EdgeNginx:
    return EdgeNginx(request.param, tmp_path / "nginx")


@contextmanager
def server() -> Iterator[tuple[int, list[bytes]]]:
    """Its port, and the head of each request as it came."""
    listener, heads = socket.create_server(("127.0.0.1", 0)), []

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (piece := connection.recv(65536)):
                    head += piece
                if not head:
                    return
                heads.append(head)
                connection.sendall(ANSWER)

    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield port, heads
    finally:
        socket.create_connection(("127.0.0.1", port), 10).close()
        thread.join()
        listener.close()


def asked(port: int, target: bytes, *headers: bytes) -> bytes:
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: www.example.com", b"Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n")
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def test_a_group_carries_nothing_out_of_its_place(nginx: EdgeNginx) -> None:
    """Encoded new lines, blanks and `&` of a path stay encoded in arguments and in redirects."""
    (port,) = free_ports(1)
    with server() as (behind, heads):
        spec = host(
            port,
            Location(
                path="/a/",
                upstream_id=UPSTREAM,
                rewrite_rules=(RewriteRule(r"^/a/([^/]*)$", "/b?x=$1", "break"),),
            ),
            *(
                Location(
                    path=path, upstream_id=UPSTREAM, rewrite_rules=(RewriteRule(pattern, to, "redirect"),)
                )
                for path, pattern, to in (
                    ("/r/", r"^/r/([^/]*)$", "https://e.example/$1"),
                    ("/q/", r"^/q/([^/]*)$", "https://e.example/?q=$1"),
                )
            ),
        )
        deploy(nginx, spec, (Server(f"127.0.0.1:{behind}"),))
        with nginx.running(port):
            asked(port, b"/a/x%20y%0d%0aX-Evil:%201%26admin=1")
            assert heads[0].startswith(b"GET /b?x=x%20y%0D%0AX-Evil:%201%26admin=1 HTTP/1.1\r\n")
            for target in (b"/r/%0d%0aX-Evil:%201", b"/q/%0d%0aX-Evil:%201"):
                head = asked(port, target).partition(b"\r\n\r\n")[0]
                assert b"Location: https://e.example/" in head
                assert b"\r\nX-Evil" not in head


def test_no_variable_makes_a_header_of_a_request(nginx: EdgeNginx) -> None:
    """Whatever a client puts into its request, a header with a variable is one header."""
    (port,) = free_ports(1)
    named = sorted(VARIABLES - {"binary_remote_addr"})
    headers = tuple(Header(f"X-{number}", f"<${name}>") for number, name in enumerate(named))
    with server() as (behind, heads):
        location = Location(
            path="/",
            upstream_id=UPSTREAM,
            request_headers=(*headers, Header("X-User", "$remote_user")),
            custom_headers=headers,
        )
        deploy(nginx, host(port, location), (Server(f"127.0.0.1:{behind}"),))
        assert nginx.test() == ""
        with nginx.running(port):
            evil = base64.b64encode(b"a\r\nX-Evil: 1:password")
            answer = asked(
                port,
                b"/%0d%0aX-Evil:%201?%0d%0aX-Evil:%201",
                b"Authorization: Basic " + evil,
                b"Referer: %0d%0aX-Evil: 1",
                b"X-Forwarded-For: a%0aX-Evil: 1",
            )
    for text in (heads[0], answer):
        assert b"\nX-Evil" not in text
        assert b"X-0: <" in text
    assert b"X-User: $remote_user\r\n" in heads[0]


def test_the_longest_names_stop_nobody(nginx: EdgeNginx) -> None:
    """nginx does not start when a name does not fit into its tables, and says of none which it was."""
    (port,) = free_ports(1)
    longest = ".".join(["a" * 62] * 4)
    names = tuple(f"{before}{longest[len(before) :]}" for before in ("", "*.", ".", "b"))
    names += (
        f"{longest[2:]}.*"[-253:].lstrip("."),
        *(f"n{number}.{'c' * 60}.example" for number in range(500)),
    )
    location = Location(
        path="/",
        upstream_id=UPSTREAM,
        request_headers=tuple(Header(f"X{number:03}-" + "h" * 59, "1") for number in range(60)),
        custom_headers=(Header("X-" + "h" * 62, "1"),),
    )
    deploy(nginx, host(port, location, server_name=names))
    assert nginx.test() == ""


@pytest.mark.parametrize("release", RELEASES)
def test_debians_own_nginx_conf_takes_it(release: str, tmp_path: Path) -> None:
    """What stands there once cannot be said again."""
    nginx = EdgeNginx(release, tmp_path / "nginx")
    own = (unpacked(release, "nginx").root / "etc/nginx/nginx.conf").read_text()
    own = re.sub(
        r"(?m)^\s*(include /etc/nginx/(modules|sites|mime)|user |pid |error_log |access_log ).*$", "", own
    )
    own = own.replace(
        "include /etc/nginx/conf.d/*.conf;", f"access_log off; include {nginx.folder}/conf.d/*.conf;"
    )
    (nginx.folder / "nginx.conf").write_text(
        f"error_log {nginx.folder}/error.log; pid {nginx.folder}/pid;\n{own}"
    )
    (port,) = free_ports(1)
    deploy(nginx, host(port, Location(path="/", redirect="/x")))
    assert nginx.test() == ""
