"""One model, written for nginx 1.22, 1.26 and 1.30: each takes it without a warning, and answers what was meant."""

from __future__ import annotations

import datetime
import http.client
import http.server
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agent.access_logs.redaction import redacted
from nimbus.edge.access_logs.lines import NO_ID, read_lines
from nimbus.edge.templates import built_in
from nimbus.edge.virtual_hosts.configuration import EdgePaths, Surroundings, configuration
from nimbus.edge.virtual_hosts.records import (
    Header,
    Location,
    Logging,
    RateLimit,
    RewriteRule,
    VirtualHostSpec,
)
from nimbus.edge.virtual_hosts.rules import checked
from nimbus.edge.whole_nginx import whole_nginx
from nimbus.protocol.access_logs import PROBES_FROM
from nimbus.protocol.nginx.upstreams import Server, upstream_block
from nimbus.protocol.nginx.words import DOLLAR_DEFINITION, interpolated
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports

HOST = "0198c0de-0000-7000-8000-000000000001"
UPSTREAM = "0198c0de-0000-7000-8000-0000000000aa"
BLOCK = "upstream_0198c0de"


@pytest.fixture(params=RELEASES)
def nginx(request: pytest.FixtureRequest, tmp_path: Path) -> EdgeNginx:
    return EdgeNginx(request.param, tmp_path / "nginx")


def certify(folder: Path, *names: str) -> None:
    """A certificate and its key as `edge.pem` and `edge.key`."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "edge.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "edge.key").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))


def deploy(nginx: EdgeNginx, spec: VirtualHostSpec, servers: tuple[Server, ...] = ()) -> None:
    """As generation 7."""
    certificates = nginx.folder / "certificates"
    certify(certificates, "www.example.com")
    socket_path = str(nginx.folder / "challenges.sock")
    edge = Surroundings(
        nginx.dialect,
        False,
        EdgePaths(str(certificates), socket_path, str(nginx.folder / "requests.log")),
        "edge",
        {UPSTREAM: BLOCK},
        {},
    )
    made = configuration(HOST, checked(spec), built_in.parsed(spec.template), edge, is_ours=True)
    whole = whole_nginx(
        nginx.dialect,
        made.listens,
        has_ipv6=False,
        generation=7,
        generation_socket=str(nginx.folder / "generation.sock"),
        access_log=str(nginx.folder / "requests.log"),
    )
    nginx.write("00-nginx", whole)
    nginx.write("10-upstream", upstream_block(BLOCK, servers))
    for name, found in made.backends.items():
        # An agent resolves names, and writes what it finds.
        address = found.address.replace("app.example", "127.0.0.1")
        nginx.write(f"10-{name}", upstream_block(name, [Server(address)]))
    nginx.write(f"50-{HOST}", made.text)


def host(port: int, *locations: Location, template: str = "default", **more: object) -> VirtualHostSpec:
    fields = {"server_name": ("www.example.com", "bücher.example"), "listen_port": port, "ssl_enabled": False}
    return VirtualHostSpec(**{**fields, "locations": locations, "template": template, **more})  # type: ignore[arg-type]


@contextmanager
def backend() -> Iterator[int]:
    """Answers with the request's path, and its headers as `Got-NAME`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.path.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            for name, value in self.headers.items():
                self.send_header("Got-" + name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(port: int, path: str, name: str = "www.example.com", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": name, **headers})
    answer = connection.getresponse()
    answer.body = answer.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return answer


HOSTILE = "a;b}c\"d\\e'f $host ${nope} 5$ #{{x}}"


@pytest.mark.parametrize("template", built_in.DESCRIPTIONS)
@pytest.mark.parametrize("ssl_enabled", [True, False])
def test_every_template_is_taken_without_a_warning(
    nginx: EdgeNginx, template: str, ssl_enabled: bool
) -> None:
    """With everything that a virtual host can say, hostile values among it."""
    port, other = free_ports(2)
    spec = host(
        port,
        Location(
            path="/",
            upstream_id=UPSTREAM,
            custom_headers=(Header("X-Hostile", HOSTILE),),
            request_headers=(Header("X-Sent", HOSTILE),),
            rewrite_rules=(RewriteRule(r"^/a/(.*)$", "/b?x=$1&h=$host", "break"),),
            websocket=True,
            buffering=False,
            allow=("127.0.0.0/8", "::1/128"),
        ),
        Location(path="= /exact", proxy_pass=f"http://127.0.0.1:{other}/other/"),
        Location(path="^~ /tls/", proxy_pass=f"https://app.example:{other}/"),
        Location(path=r"~* \.(png|jpe?g){1,2}$", root="/srv/pictures"),
        Location(path="/files/", root="/var/www/files", index="start.html"),
        Location(path='/with "quotes"; and {braces} $host/', redirect="https://www.example.com$request_uri"),
        template=template,
        ssl_enabled=ssl_enabled,
        ssl_certificate_id=HOST if ssl_enabled else None,
        http3=ssl_enabled,
        hsts=31536000 if ssl_enabled else 0,
        rate_limiting=RateLimit(rate=10, burst=20),
        trusted_proxies=("10.0.0.0/8", "2001:db8::/32"),
        max_body=0,
    )
    deploy(nginx, spec, (Server("127.0.0.1:9"), Server("[2001:db8::1]:8080", weight=5, backup=True)))
    assert nginx.test() == ""


def test_what_it_answers(nginx: EdgeNginx) -> None:
    (port,) = free_ports(1)
    with backend() as behind:
        spec = host(
            port,
            Location(path="/", upstream_id=UPSTREAM, custom_headers=(Header("X-Hostile", HOSTILE),)),
            Location(path="/app/", proxy_pass=f"http://127.0.0.1:{behind}/inside/"),
            Location(path="/kept/", proxy_pass=f"http://127.0.0.1:{behind}"),
            Location(
                path="/old/",
                upstream_id=UPSTREAM,
                rewrite_rules=(RewriteRule(r"^/old/([a-z]+)/([0-9]+)$", "/new/$2?name=$1", "break"),),
            ),
            Location(path="= /away", redirect="https://www.example.com/there", redirect_status=302),
            logging=Logging(mask_client=True, drop_query=True),
        )
        deploy(nginx, spec, (Server(f"127.0.0.1:{behind}"),))
        with nginx.running(port):
            answer = ask(port, "/x?y=1", **{"X-Forwarded-For": "203.0.113.9"})
            # Exactly what was said: only a variable of the list is one.
            assert answer.headers["X-Hostile"] == HOSTILE.replace("$host", "www.example.com")
            assert answer.body == "/x?y=1"  # type: ignore[attr-defined]
            assert answer.headers["Got-X-Forwarded-For"] == "127.0.0.1"
            assert answer.headers["Got-Host"] == "www.example.com"
            assert ask(port, "/app/a/b").body == "/inside/a/b"  # type: ignore[attr-defined]
            assert ask(port, "/kept/a").body == "/kept/a"  # type: ignore[attr-defined]
            assert ask(port, "/old/ada/42").body == "/new/42?name=ada"  # type: ignore[attr-defined]
            away = ask(port, "/away")
            assert (away.status, away.headers["Location"]) == (302, "https://www.example.com/there")
            # Of the agent's own questions there is no line; who only says to be the agent has one.
            ask(port, "/hidden", **{"User-Agent": "nimbus-agent", "X-Forwarded-For": PROBES_FROM})
            local = (PROBES_FROM, 0)
            probing = http.client.HTTPConnection("127.0.0.1", port, 10, source_address=local)
            probing.request("GET", "/probe", headers={"Host": "www.example.com"})
            assert probing.getresponse().read() == b"/probe"
            probing.close()
            assert ask(port, "/", "xn--bcher-kva.example").status == 200
            with pytest.raises(http.client.RemoteDisconnected):
                ask(port, "/", "unknown.example")
            for raw in (b'GET /\xff"\\ HTTP/1.0\r\nHost: www.example.com\r\n\r\n', b"nonsense\r\n\r\n"):
                with socket.create_connection(("127.0.0.1", port), 10) as connection:
                    connection.sendall(raw)
                    while connection.recv(65536):
                        pass
            with pytest.raises(http.client.RemoteDisconnected):
                ask(port, "/", "127.0.0.1")
            assert _asked_generation(nginx.folder / "generation.sock") == "7"
    check_log(nginx)


def check_log(nginx: EdgeNginx) -> None:
    """What nginx logged is read, and does not say more than the host wants."""
    text = redacted((nginx.folder / "requests.log").read_bytes())
    found = read_lines(text, "node", "workspace", {HOST: "another"}, time.time_ns() // 10**6)
    assert (found.bad, found.refused) == (0, 0)
    entries = {(one.uri, one.status): one for one in found.entries}
    first = entries["/x", 200]
    assert (first.client, first.host, first.method) == ("127.0.0.0", "www.example.com", "GET")
    assert tuple(first.place) == ("node", HOST, "another")
    assert first.upstream.startswith("127.0.0.1:")
    assert first.size > 0
    assert first.request_id != NO_ID
    assert (("/hidden", 200) in entries, ("/probe", 200) in entries) == (True, False)
    assert '/\ufffd"\\' in {uri for uri, _ in entries}
    unknown = next(one for one in found.entries if one.host == "unknown.example")
    assert (unknown.status, tuple(unknown.place)) == (444, ("node", "", "workspace"))
    assert any(one.status == 400 for one in found.entries)
    assert "uninitialized" not in (nginx.folder / "error.log").read_text("utf-8", "replace")


def test_a_name_that_nobody_has_sees_no_certificate(nginx: EdgeNginx) -> None:
    (port,) = free_ports(1)
    spec = host(
        port,
        Location(path="/", redirect="https://elsewhere.example/"),
        ssl_enabled=True,
        redirect_http=False,
        ssl_certificate_id=HOST,
        http3=True,
        hsts=300,
    )
    deploy(nginx, spec)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with nginx.running(port):
        raw = socket.create_connection(("127.0.0.1", port), 10)
        with context.wrap_socket(raw, server_hostname="www.example.com") as tls:
            assert tls.selected_alpn_protocol() == "h2"
        for name in ("unknown.example", None):
            with socket.create_connection(("127.0.0.1", port), 10) as raw, pytest.raises(ssl.SSLError):
                context.wrap_socket(raw, server_hostname=name)


@pytest.mark.parametrize(
    ("servers", "algorithm"),
    [
        ((), "round_robin"),
        ((Server("127.0.0.1:9", down=True),), "least_connections"),
        ((Server("127.0.0.1:9", backup=True),), "round_robin"),
        ((Server("127.0.0.1:9"), Server("127.0.0.1:8", backup=True)), "ip_hash"),
        ((Server("127.0.0.1:9", weight=3), Server("127.0.0.1:9", weight=3)), "weighted"),
    ],
)
def test_an_upstream_without_a_server_that_answers_is_no_error(
    nginx: EdgeNginx, servers: tuple[Server, ...], algorithm: str
) -> None:
    nginx.write("10-upstream", upstream_block("u", servers, algorithm))
    nginx.write("50", "server { listen 127.0.0.1:1; location / { proxy_pass http://u; } }")
    assert nginx.test() == ""


def _asked_generation(path: Path) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(b"GET /generation HTTP/1.0\r\n\r\n")
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    return answer.rpartition(b"\r\n\r\n")[2].decode()


def test_every_value_comes_out_as_it_went_in(nginx: EdgeNginx) -> None:
    """All words of three characters that nginx's reader knows, and of some that it does not."""
    (port,) = free_ports(1)
    values = ["".join(characters) for characters in itertools.product(" \\\"'$;{}#a", repeat=3)]
    locations = [
        f"location = /{number} {{ return 200 {interpolated(value)}; }}" for number, value in enumerate(values)
    ]
    nginx.write("00", DOLLAR_DEFINITION)
    nginx.write("50", "\n".join([f"server {{ listen 127.0.0.1:{port};", *locations, "}"]))
    assert nginx.test() == ""
    with nginx.running(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        wrong = []
        for number, value in enumerate(values):
            connection.request("GET", f"/{number}")
            answered = connection.getresponse().read().decode()
            wrong += [(value, answered)] if answered != value else []
        connection.close()
    assert wrong == []
