"""A CA with its certificates, and the listener on a real port. Clients are blocking sockets in threads."""

from __future__ import annotations

import contextlib
import datetime
import select
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nimbus.http.agents.limits import Limits
from nimbus.http.agents.listener import AgentListener
from nimbus.http.agents.messages import AgentRequest, AgentResponse, Handler
from nimbus.http.agents.responses import CERTIFICATE_REVOKED
from nimbus.http.agents.tls import PeerCertificate, server_context

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


class Authority:
    """A CA (P-384) that signs leafs (P-256) into files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            self._builder(self.name, self.key.public_key(), NOW + 10 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(ca=True), critical=True)
            .sign(self.key, hashes.SHA384())
        )
        self.file = folder / f"{name}.crt"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, not_after: datetime.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 5 * DAY)
            .not_valid_after(not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )

    def issue(self, *names: str, server: bool = False, not_after: datetime.datetime | None = None) -> Path:
        """A file with certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        certificate = (
            self._builder(subject, key.public_key(), not_after or NOW + 9 * DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("cp")]), critical=False)
            .sign(self.key, hashes.SHA384())
        )
        file = self.folder / f"{names[0] if names else 'nameless'}-{certificate.serial_number:x}.pem"
        file.touch(mode=0o600)
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return file


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def client_context(ca: Path, certificate: Path | None) -> ssl.SSLContext:
    """A client that trusts the CA and shows the certificate."""
    context = ssl.create_default_context(cafile=str(ca))
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # an end without close_notify is an error here
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


class Client:
    """A blocking agent. Every method that waits is to be called in a thread (`trio.to_thread`)."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext | None, buffer: int = 0) -> None:
        raw = socket.socket()
        raw.settimeout(20)
        if buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock: socket.socket = raw
        try:
            raw.connect(address)
            if context is not None:
                self.sock = context.wrap_socket(raw, server_hostname="cp")
        except BaseException:
            raw.close()
            raise
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self) -> tuple[int, bytes]:
        """The next response: status and body."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return int(lines[0].split()[1]), body

    def ask(self, data: bytes) -> tuple[int, bytes]:
        self.send(data)
        return self.answer()

    def send_and_read(self, data: bytes, answers: int) -> list[tuple[int, bytes]]:
        """Send all of it while reading what comes meanwhile; a listener that cuts off is no error."""
        assert isinstance(self.sock, ssl.SSLSocket)
        self.sock.setblocking(False)
        view = memoryview(data)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            while view:
                assert any(select.select([self.sock], [self.sock], [], 20)), "the listener is stuck"
                with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    # The same bytes again after a WantWrite, as OpenSSL demands.
                    view = view[self.sock.send(view[:16384]) :]
                with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    self._buffer += self.sock.recv(65536)
        self.sock.settimeout(20)
        return [self.answer() for _ in range(answers)]

    def ended(self) -> bool:
        """Wait for the end; true when it was an orderly one (TLS: with close_notify)."""
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]
        while self._receive():
            pass
        return True

    def _receive(self) -> bytes:
        try:
            return self.sock.recv(65536)
        except TimeoutError as error:  # an OSError, which a test may expect: hanging is none
            raise AssertionError("the listener neither answered nor closed") from error

    def _more(self) -> None:
        data = self._receive()
        if not data:
            raise ConnectionError("the listener closed the connection")
        self._buffer += data

    def reset(self) -> None:
        """Close with a TCP reset."""
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.sock.close()

    def close(self) -> None:
        self.sock.close()


class Fleet:
    """A running listener and the means to talk to it."""

    def __init__(self, authority: Authority, server_file: Path, limits: Limits | None) -> None:
        self.authority = authority
        self.refused: set[str] = set()
        self.unidentifiable: set[str] = set()
        self.requests: list[AgentRequest] = []
        self.handler: Handler = lambda request: AgentResponse(200, request.node_id.encode())
        self.wall_time = NOW.timestamp()
        self.listener = AgentListener(
            handler=self._handle, identify=self.identify, limits=limits, wall_clock=lambda: self.wall_time
        )
        self.server_file = server_file
        self.context = server_context(server_file, server_file, authority.file)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.socket.getsockname()
        self.clients: list[Client] = []
        self._contexts: dict[str, ssl.SSLContext] = {}

    def _handle(self, request: AgentRequest) -> AgentResponse | None:
        self.requests.append(request)
        return self.handler(request)

    def identify(self, certificate: PeerCertificate, _source: str) -> str | AgentResponse:
        name = certificate.common_name
        if name in self.unidentifiable:
            raise ZeroDivisionError
        return CERTIFICATE_REVOKED if name in self.refused else name

    async def client(self, node: str = "node-1", **options: Any) -> Client:
        if node not in self._contexts:
            self._contexts[node] = client_context(self.authority.file, self.authority.issue(node))
        return await self.connect(self._contexts[node], **options)

    async def connect(self, context: ssl.SSLContext | None, **options: Any) -> Client:
        client = await trio.to_thread.run_sync(lambda: Client(self.address, context, **options))
        self.clients.append(client)
        return client


async def breathe() -> None:
    """Give real sockets real time: a hop to a thread needs no timer of Trio's."""
    await trio.to_thread.run_sync(lambda: None, limiter=trio.CapacityLimiter(1))


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Let others run until the condition holds; in real time, whatever Trio's clock says."""
    loop_end = datetime.datetime.now() + datetime.timedelta(seconds=seconds)
    while not condition():
        assert datetime.datetime.now() < loop_end, "it did not come to that"
        await breathe()


class Kit:
    """What the tests of the listener share (pytest has no other door for it)."""

    Authority = Authority
    Client = Client
    client_context = staticmethod(client_context)
    breathe = staticmethod(breathe)
    until = staticmethod(until)

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder, "ca")
        self.server_file = self.authority.issue("cp", server=True)
        self.fleets: list[Fleet] = []

    @asynccontextmanager
    async def fleet(
        self, limits: Limits | None = None, context: Callable[[], ssl.SSLContext] | None = None
    ) -> AsyncIterator[Fleet]:
        """A listener that has stopped when the block ends. Its clients stay open until the test ends."""
        fleet = Fleet(self.authority, self.server_file, limits)
        self.fleets.append(fleet)
        async with trio.open_nursery() as nursery:
            await nursery.start(fleet.listener.serve, [fleet.socket], context or fleet.context)
            yield fleet
            nursery.cancel_scope.cancel()

    def tidy(self) -> None:
        """Close the sockets of a test."""
        for fleet in self.fleets:
            fleet.socket.close()
            for client in fleet.clients:
                client.close()
        self.fleets.clear()


@pytest.fixture(scope="session")
def _kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(tmp_path_factory.mktemp("agents"))


@pytest.fixture
def kit(_kit: Kit) -> Iterator[Kit]:
    yield _kit
    _kit.tidy()
