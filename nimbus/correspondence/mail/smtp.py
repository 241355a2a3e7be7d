"""One delivery to a relay by SMTP (RFC 5321), with STARTTLS (RFC 3207) or implicit TLS (RFC 8314).

Blocks: it is run in a thread. `smtplib` speaks the protocol; connecting, TLS and bounds are here, because it
connects in its constructor, where nobody could end it, goes on without TLS when a caller lets it, and reads answers
of any length.
"""

from __future__ import annotations

import base64
import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from nimbus.correspondence.mail.records import Relay, Step

MAX_ANSWER_BYTES = 64 * 1024
MAX_WORDS = 500


class DeliveryFailed(Exception):
    """`permanent`: the relay refuses this mail for good. `reached`: the relay was there and let us in, so that
    other mail may fare better."""

    def __init__(self, words: str, *, permanent: bool = False, reached: bool = False) -> None:
        super().__init__(words)
        self.words, self.permanent, self.reached = words, permanent, reached


class _Bounded:
    """The answers of a server; one must not be longer than MAX_ANSWER_BYTES."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.left = MAX_ANSWER_BYTES

    def readline(self, limit: int) -> bytes:
        line: bytes = self._file.readline(limit)
        self.left -= len(line)
        if self.left < 0:
            raise OSError("the answer is too long")
        return line

    def close(self) -> None:
        self._file.close()


class _Client(smtplib.SMTP):
    """Made without a connection; `attach` gives it one."""

    def attach(self, connected: socket.socket) -> tuple[int, bytes]:
        """The greeting."""
        self.sock, self.file = connected, None
        return self.getreply()

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.file = self.file or _Bounded(self.sock.makefile("rb"))
            self.file.left = MAX_ANSWER_BYTES
        return super().getreply()

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Whatever came before TLS is forgotten (RFC 3207 section 4.2), also what the server sent too early."""
        code, words = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPResponseException(code, words)
        assert self.sock is not None
        self.sock = context.wrap_socket(self.sock, server_hostname=host)
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


class Delivery:
    """One mail, one connection. `steps` grow while it goes on. `abort` may be called from another thread."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._socket: socket.socket | None = None
        self._aborted = False
        self._reached = False
        self.steps: list[Step] = []

    def run(self, sender: str, recipient: str, content: bytes) -> None:
        """Raises DeliveryFailed."""
        client = _Client(local_hostname=_own_name(), timeout=self._relay.timeout_s)
        try:
            self._open(client)
            self._sign_in(client)
            self._reached = True
            self._hand_over(client, sender, recipient, content)
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
        finally:
            client.close()

    @property
    def timeout_s(self) -> float:
        return self._relay.timeout_s

    def abort(self) -> None:
        """Ends what is going on, at once."""
        self._aborted = True
        if self._socket is not None:
            with suppress(OSError):
                # Not SSLSocket's: that takes the TLS away under the hands of the other thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _open(self, client: _Client) -> None:
        relay = self._relay
        with self._step("connect") as answer:
            connected = socket.create_connection((relay.host, relay.port), relay.timeout_s)
            self._socket = connected
            answer.append(f"{connected.getpeername()[0]} port {relay.port}")
            if relay.security == "none" and not _is_here(connected):
                connected.close()
                raise OSError(f"{relay.host} is not on this machine, and there is no TLS")
            if self._aborted:
                connected.close()
                raise OSError("stopped")
        if relay.security == "tls":
            with self._step("tls") as answer:
                try:
                    connected = self._context().wrap_socket(connected, server_hostname=relay.host)
                except BaseException:
                    connected.close()
                    raise
                self._socket = connected
                answer.append(str(connected.version()))
        with self._step("greeting") as answer:
            answer.append(_check(client.attach(connected), 220))
        self._hello(client)
        if relay.security == "starttls":
            self._start_tls(client)
            self._hello(client)

    def _hello(self, client: _Client) -> None:
        with self._step("ehlo") as answer:
            answer.append(_check(client.ehlo(), 250))

    def _start_tls(self, client: _Client) -> None:
        with self._step("starttls") as answer:
            if not client.has_extn("starttls"):
                raise OSError("the server does not offer STARTTLS, and nothing is sent without")
            client.start_tls(self._context(), self._relay.host)
            self._socket = client.sock
            assert isinstance(client.sock, ssl.SSLSocket)
            answer.append(str(client.sock.version()))

    def _sign_in(self, client: _Client) -> None:
        relay = self._relay
        if relay.username:
            with self._step("authenticate") as answer:
                code, words = client.login(relay.username, relay.password)
                answer.append(_words(code, words))

    def _hand_over(self, client: _Client, sender: str, recipient: str, content: bytes) -> None:
        with self._step("sender") as answer:
            answer.append(_check(client.mail(sender), 250))
        with self._step("recipient", final=True) as answer:
            answer.append(_check(client.rcpt(recipient), 250, 251))
        with self._step("message", final=True) as answer:
            answer.append(_check(client.data(content), 250))

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self._relay.ca_pem or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    @contextmanager
    def _step(self, name: str, *, final: bool = False) -> Iterator[list[str]]:
        """`final`: a refusal (5yz) at this step is about this mail, and for good."""
        answer: list[str] = []
        permanent = False
        try:
            yield answer
        except smtplib.SMTPResponseException as error:
            words = _words(error.smtp_code, error.smtp_error)
            permanent = final and 500 <= error.smtp_code < 600
        except ssl.SSLCertVerificationError as error:
            words = f"the certificate is not good: {error.verify_message}"
        except TimeoutError:
            words = f"no answer within {self._relay.timeout_s:g} s"
        except (OSError, ValueError) as error:
            # smtplib wraps what ended the reading of an answer.
            if isinstance(error.__context__, TimeoutError):
                words = f"no answer within {self._relay.timeout_s:g} s"
            else:
                words = _reason_of(error)
        else:
            self.steps.append(Step(name, True, self._safe(" ".join(answer))))
            return
        words = self._safe(words)
        self.steps.append(Step(name, False, words))
        raise DeliveryFailed(f"{name}: {words}", permanent=permanent, reached=self._reached)

    def _safe(self, words: str) -> str:
        """As it can be shown: one line, no password that a server repeats."""
        password, user = self._relay.password, self._relay.username
        if password:
            for secret in (password, _base64(password), _base64(f"\0{user}\0{password}")):
                words = words.replace(secret, "***")
        line = "".join(letter if letter.isprintable() else " " for letter in words)
        return " ".join(line.split())[:MAX_WORDS]


def _check(answer: tuple[int, bytes], *wanted: int) -> str:
    code, words = answer
    if code not in wanted:
        raise smtplib.SMTPResponseException(code, words)
    return _words(code, words)


def _reason_of(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _is_here(connected: socket.socket) -> bool:
    return ipaddress.ip_address(connected.getpeername()[0].partition("%")[0]).is_loopback


def _own_name() -> str:
    """For EHLO (RFC 5321 section 4.1.4). Not `getfqdn`, which asks the network."""
    name = socket.gethostname()
    return name if name.isascii() and all(part.isalnum() or part in "-." for part in name) else "localhost"
