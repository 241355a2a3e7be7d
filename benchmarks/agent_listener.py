"""The agent listener against stock hypercorn and Quart on Trio: requests per second of server CPU over mTLS.

    python -m benchmarks.agent_listener [--quick]

Both servers run on the same certificates, body, answer, database settings and load in the same run. The load
is a process of its own: 256 connections that each send the next request when they have the answer to the
last. Requests are divided by the CPU time (user and system, all threads) that the server process used
meanwhile, so neither the load generator nor other work on the machine is in the figure.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psutil

CONNECTIONS = 256
GOAL_RATIO = 10.0
WARM_UP_SECONDS = 0.5
START_SECONDS = 60.0
HEARTBEAT, RESULT = "/v1/internal/heartbeat", "/v1/internal/tasks/3f6c0e52/result"
TABLE = "CREATE TABLE benchmark_results (number INTEGER PRIMARY KEY, node TEXT NOT NULL, body BLOB NOT NULL)"
INSERT = "INSERT INTO benchmark_results (node, body) VALUES (?, ?)"
BODY = msgspec.json.encode(
    {
        "protocol": 1,
        "cpu": 12.5,
        "memory": {"total": 16777216, "used": 4123456},
        "disks": [{"path": "/", "total": 512000000, "used": 123000000}],
        "load": [0.5, 0.4, 0.3],
        "uptime": 1234567,
        "revisions": {"mesh": 41, "edge": 7, "environments": 0},
        "checks": [{"name": "docker", "ok": True}, {"name": "wireguard", "ok": True}],
    }
)


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` is against the peer measured in the same run; `goal` is the least ratio wanted."""

    name: str
    value: float
    unit: str
    goal: float
    ratio: float
    met: bool
    how: str


class Report(msgspec.Struct):
    """What a server reads from a request."""

    protocol: int
    cpu: float
    revisions: dict[str, int]


def answer_to(body: bytes) -> bytes:
    """The work of both servers: read the report, answer with revisions."""
    report = msgspec.json.decode(body, type=Report)
    return msgspec.json.encode({"revisions": report.revisions})


def run(quick: bool = False) -> list[Result]:
    """Measure both servers on both kinds of request. Takes about 30 s, quick 15."""
    seconds = 1.0 if quick else 4.0
    with tempfile.TemporaryDirectory(prefix="nimbus-benchmark-") as name:
        folder = Path(name)
        make_certificates(folder)
        rates = {
            (server, path): measure(folder, server, path, seconds)
            for path in (HEARTBEAT, RESULT)
            for server in ("stock", "nimbus")
        }
    return [
        result("heartbeat (no write)", rates["nimbus", HEARTBEAT], rates["stock", HEARTBEAT]),
        result("result (one durable write)", rates["nimbus", RESULT], rates["stock", RESULT]),
    ]


def result(kind: str, ours: float, stock: float) -> Result:
    ratio = ours / stock
    return Result(
        name=f"agent listener: {kind}",
        value=round(ours),
        unit="requests per CPU-second of the server",
        goal=GOAL_RATIO,
        ratio=round(ratio, 1),
        met=ratio >= GOAL_RATIO,
        how=f"{CONNECTIONS} mTLS connections; hypercorn-trio with Quart-Trio in the same run: {stock:.0f}",
    )


def measure(folder: Path, server: str, path: str, seconds: float) -> float:
    """Requests per second of server CPU."""
    command = [sys.executable, "-m", "benchmarks.agent_listener", "--folder", str(folder)]
    root = Path(__file__).resolve().parent.parent
    serving = subprocess.Popen(
        [*command, "--serve", server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    )
    try:
        assert serving.stdout is not None
        port = serving.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"the {server} server did not start")
        load = [
            *command,
            "--load",
            path,
            "--port",
            port,
            "--pid",
            str(serving.pid),
            "--seconds",
            str(seconds),
        ]
        done = subprocess.run(
            load, stdout=subprocess.PIPE, check=True, cwd=root, timeout=START_SECONDS + 3 * seconds
        )
        figures = json.loads(done.stdout)
        return float(figures["requests"] / figures["cpu"])
    finally:
        serving.kill()
        serving.communicate()


# The load.


class Load:
    """Clients of one server: each has one request under way."""

    def __init__(self, folder: Path, port: int, path: str) -> None:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.check_hostname = False
        context.load_cert_chain(folder / "client.pem")
        self.request = (
            f"POST {path} HTTP/1.1\r\nHost: cp.nimbus.internal\r\nUser-Agent: nimbus-agent\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
        ).encode() + BODY
        self.epoll = select.epoll()
        self.clients: dict[int, ssl.SSLSocket] = {}
        for _ in range(CONNECTIONS):
            sock = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self.clients[sock.fileno()] = sock
            self.epoll.register(sock.fileno(), select.EPOLLIN)
        self.partial: dict[int, bytes] = {}

    def start(self) -> None:
        for sock in self.clients.values():
            sock.send(self.request)

    def run(self, seconds: float) -> int:
        """Keep every client busy; how many answers came."""
        answers = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for descriptor, _ in self.epoll.poll(0.1):
                sock = self.clients[descriptor]
                try:
                    data = self.partial.pop(descriptor, b"") + sock.recv(65536)
                except ssl.SSLWantReadError:
                    continue
                if not complete(data):
                    self.partial[descriptor] = data
                    continue
                answers += 1
                sock.send(self.request)
        return answers


def complete(data: bytes) -> bool:
    """A whole answer, and one that says that all went well."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not data:
        raise RuntimeError("the server closed a connection")
    if not separator:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the server answered {head[:40]!r}")
    lowered = head.lower()
    start = lowered.index(b"content-length:") + 15
    return len(body) >= int(lowered[start:].split(b"\r\n", 1)[0])


def load(folder: Path, port: int, path: str, pid: int, seconds: float) -> None:
    clients = Load(folder, port, path)
    server = psutil.Process(pid)
    clients.start()
    clients.run(WARM_UP_SECONDS)
    before = server.cpu_times()
    requests = clients.run(seconds)
    after = server.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    print(json.dumps({"requests": requests, "cpu": cpu, "seconds": seconds}))


# The servers.


def listening_socket() -> socket.socket:
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sock.setblocking(False)
    return sock


async def serve_nimbus(folder: Path) -> None:
    from nimbus.clock import SystemClock
    from nimbus.db.database import open_database
    from nimbus.db.transaction import Transaction
    from nimbus.events import EventBus
    from nimbus.http.agents.limits import Limits
    from nimbus.http.agents.listener import AgentListener
    from nimbus.http.agents.messages import AgentRequest, AgentResponse
    from nimbus.http.agents.tls import server_context

    async with open_database(fresh(folder), EventBus(), SystemClock()) as database:
        await database.write(lambda transaction: transaction.execute(TABLE))

        def store(node: str, body: bytes, transaction: Transaction) -> None:
            transaction.execute(INSERT, (node, body))

        def handler(request: AgentRequest) -> AgentResponse | None:
            answer = AgentResponse(200, answer_to(request.body))
            if request.path == HEARTBEAT:
                return answer

            def done(_value: object, error: BaseException | None) -> None:
                if error is None:
                    request.reply(answer)
                else:
                    request.fail(error)

            database.submit(functools.partial(store, request.node_id, request.body), done)
            return None

        listener = AgentListener(
            handler=handler,
            identify=lambda certificate: certificate.common_name,
            limits=Limits(connections_per_address=CONNECTIONS),
        )
        context = server_context(folder / "server.pem", folder / "server.pem", folder / "ca.pem")
        sock = listening_socket()
        print(sock.getsockname()[1], flush=True)
        await listener.serve([sock], context)


async def serve_stock(folder: Path) -> None:
    """Hypercorn and Quart as they come; only connections are allowed to live long enough."""
    import trio
    from hypercorn.config import Config
    from hypercorn.trio import serve
    from quart import Response, request
    from quart_trio import QuartTrio

    from nimbus.clock import SystemClock
    from nimbus.db.connection import connect
    from nimbus.db.migrate import migrate

    file = fresh(folder)
    migrate(file, SystemClock())
    one_at_a_time = trio.CapacityLimiter(1)
    connection = await trio.to_thread.run_sync(connect, file)
    connection.execute(TABLE)

    def store(body: bytes) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(INSERT, ("node", body))
        connection.execute("COMMIT")

    app = QuartTrio("stock")

    @app.post(HEARTBEAT)
    async def heartbeat() -> Any:
        return Response(answer_to(await body_of(request)), content_type="application/json")

    @app.post("/v1/internal/tasks/<task>/result")
    async def result(task: str) -> Any:  # noqa: ARG001 (Quart passes it)
        body = await body_of(request)
        answer = answer_to(body)
        await trio.to_thread.run_sync(store, body, limiter=one_at_a_time)
        return Response(answer, content_type="application/json")

    config = Config()
    sock = listening_socket()
    config.bind = [f"fd://{sock.fileno()}"]
    config.certfile = config.keyfile = str(folder / "server.pem")
    config.ca_certs = str(folder / "ca.pem")
    config.verify_mode = ssl.CERT_REQUIRED
    config.keep_alive_timeout = 600
    config.keep_alive_max_requests = 1 << 40
    config.accesslog = config.errorlog = None
    print(sock.getsockname()[1], flush=True)
    await serve(app, config)


async def body_of(request: Any) -> bytes:
    return bytes(await request.get_data())


def fresh(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder)) / "nimbus.db"


def make_certificates(folder: Path) -> None:
    """A CA on P-384 and leafs on P-256, as the control plane makes them."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    ca_key = ec.generate_private_key(ec.SECP384R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca")])
    make_certificate(folder / "ca.pem", "ca", ca_key, ca_name, ca_key)
    for name in ("server", "client"):
        make_certificate(
            folder / f"{name}.pem", name, ec.generate_private_key(ec.SECP256R1()), ca_name, ca_key
        )


def make_certificate(file: Path, name: str, key: Any, ca_name: Any, ca_key: Any) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    now = datetime.datetime.now(datetime.UTC)
    is_ca = key is ca_key
    usage = {
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(ca_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=0 if is_ca else None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA384())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    if not is_ca:
        pem += key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    file.touch(mode=0o600)
    file.write_bytes(pem)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    for name in ("folder", "serve", "load", "port", "pid", "seconds"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        import trio

        server = serve_nimbus if arguments.serve == "nimbus" else serve_stock
        trio.run(server, Path(arguments.folder))
    elif arguments.load:
        folder, port, pid = Path(arguments.folder), int(arguments.port), int(arguments.pid)
        load(folder, port, arguments.load, pid, float(arguments.seconds))
    else:
        for one in run(arguments.quick):
            print(f"{one.name}: {one.value:.0f} {one.unit}, {one.ratio} times (goal {one.goal}); {one.how}")


if __name__ == "__main__":
    main()
