"""Real SMTP servers on loopback (aiosmtpd), with certificates of a test CA; and scripted ones that misbehave."""

from __future__ import annotations

import contextlib
import datetime as dates
import email
import functools
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import trio
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.kit.ports import free_ports

USER, PASSWORD = "nimbus", "swordfish and chips"


class Certificates:
    """A CA, and certificates of it for `localhost` and 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"a test CA {id(self)}")])
        usage = x509.KeyUsage(
            key_cert_sign=True,
            crl_sign=True,
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = self._builder(self._name, self._key.public_key(), -1, 30)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self._ca = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.ca_pem = self._ca.public_bytes(serialization.Encoding.PEM).decode()

    def _builder(self, name: x509.Name, key: Any, start: int, end: int) -> x509.CertificateBuilder:
        now = dates.datetime.now(dates.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now + dates.timedelta(days=start))
        return builder.not_valid_after(now + dates.timedelta(days=end))

    def context(self, *, expired: bool = False, host: str = "localhost") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pair(expired=expired, host=host))
        return context

    def pair(self, *, expired: bool = False, host: str = "localhost") -> Path:
        """A file with a key and its certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        start, end = (-3, -1) if expired else (-1, 3)
        names = [x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = self._builder(x509.Name([]), key.public_key(), start, end)
        builder = builder.add_extension(
            x509.SubjectAlternativeName(names if host == "localhost" else names[:1]), critical=True
        )
        made = builder.sign(self._key, hashes.SHA256())
        file = self._folder / f"{made.serial_number}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return file


class Mailbox:
    """What a server has taken. `answers` of RCPT and DATA are given out first to first, then 250."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.rcpt_answers: list[str] = []
        self.data_answers: list[str] = []
        self.secure: list[bool] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt_answers:
            answer = self.rcpt_answers.pop(0)
            if not answer.startswith("250"):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.data_answers.pop(0) if self.data_answers else "250 2.0.0 taken"
        if answer.startswith("250"):
            self.taken.append(envelope)
            self.secure.append(session.ssl is not None)
        return answer

    @property
    def messages(self) -> list[EmailMessage]:
        found = []
        for envelope in self.taken:
            assert isinstance(envelope.content, bytes)
            found.append(email.message_from_bytes(envelope.content, policy=default))
        return found


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=False)


@contextmanager
def smtp_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    auth: bool = False,
    port: int = 0,
) -> Iterator[tuple[int, Mailbox]]:
    """The port, and what arrives there."""
    mailbox = Mailbox()
    more: dict[str, Any] = {}
    if starttls is not None:
        more |= {"tls_context": starttls, "require_starttls": True}
    if auth:
        more |= {
            "authenticator": _authenticate,
            "auth_required": True,
            "auth_require_tls": starttls is not None,
        }
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=port or free_ports(1)[0], ssl_context=tls, **more
    )
    controller.start()
    try:
        yield controller.port, mailbox
    finally:
        controller.stop()


@asynccontextmanager
async def scripted_server(handler: Callable[[trio.SocketStream], Awaitable[None]]) -> AsyncIterator[int]:
    """A server that does what `handler` says with each connection; the port."""

    async def guarded(stream: trio.SocketStream) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await handler(stream)

    async with trio.open_nursery() as nursery:
        serve = functools.partial(trio.serve_tcp, guarded, 0, host="127.0.0.1")
        [listener] = await nursery.start(serve)
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()
