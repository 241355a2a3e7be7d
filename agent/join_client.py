"""What a joining machine says to the control plane, over TLS that trusts the token's CA alone. May block."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

from agent import doctor
from agent.http_proxy.asking import ProxyFailed
from agent.http_proxy.connecting import https_connection
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.over_tls.trust import api_context
from agent.pinning import PinMismatch, check_context
from agent.proxied_link import proxied_context
from nimbus.protocol.join_token import CLAIM_PATH, JoinToken, decode_token
from nimbus.protocol.messages import ClaimAnswer, ClaimRequest, JoinAnswer, JoinComplete, JoinRequest

PROXY_JOIN = "/v1/internal/join"
ANSWER_TIMEOUT_S = 20.0
ATTEMPT_TIMEOUT_S = 5.0
OUTSIDE_TIMEOUT_S = 3.0
COMPLETE_TIMEOUT_S = 2.0
_PAUSE_S = 0.3
_AGAINST_THE_TOKEN = (
    "TOKEN_USED",
    "TOKEN_EXPIRED",
    "TOKEN_REVOKED",
    "TOKEN_UNKNOWN",
    "CLOCK_SKEWED",
    "SOURCE_NOT_ALLOWED",
)


class _Again(Exception):
    """The network failed: the next address, or the next try."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(str(failure))
        self.failure = failure


class JoinClient:
    """Methods raise JoinFailed with the cause."""

    def __init__(
        self,
        token: JoinToken,
        pins: tuple[str, ...] = (),
        say: Callable[[str], None] = lambda _line: None,
        proxy: HttpProxy = DIRECT,
    ) -> None:
        self._token = token
        self._proxy = proxy
        self._pins = pins
        self._say = say
        # A request has gone out whole: it may have been accepted.
        self._sent = False
        self._port, self._path, self._sole_authority = token.api_port, "/v1/join", not token.trust
        self._through_proxy = bool(token.proxy)
        if self._through_proxy:
            self._port = urlsplit(token.proxy).port or 443
            self._path, self._sole_authority = PROXY_JOIN, False

    def ask(self, hosts: tuple[str, ...], request: JoinRequest) -> JoinAnswer:
        """POST /v1/join, repeated while the network fails: the control plane answers the same keys again. Once the
        request was sent whole it may have been accepted, and then the token is nobody else's: it is asked for the
        answer until the token ends."""
        began = time.monotonic()
        until = began + max(ANSWER_TIMEOUT_S, self._token.expires_at - time.time())
        body = msgspec.json.encode(request)
        is_said = False
        while True:
            failure: Exception = OSError("no address to ask")
            for host in hosts:
                try:
                    with self._told_apart(host):
                        answer = self._post(host, self._path, body, ATTEMPT_TIMEOUT_S, self._note_sent)
                        return _read_answer(*answer)
                except _Again as error:
                    failure = error.failure
            now = time.monotonic()
            if not hosts or now > (until if self._sent else began + ANSWER_TIMEOUT_S):
                raise doctor.unreachable(", ".join(hosts), failure) from None
            if now > began + ANSWER_TIMEOUT_S:
                if not is_said:
                    left = max(1, round((until - now) / 60))
                    self._say(f"no answer yet; retrying until the token expires, in {left} minutes")
                is_said = True
                if request.mesh_key:
                    # Should another machine have been faster, or the token have ended there, this says so.
                    self.check_outside(request)
            time.sleep(_PAUSE_S)

    def claim(self, machine: str) -> JoinToken:
        """With a token that several machines share, this one's own; `machine` as in ClaimRequest. Asked again, the
        control plane gives the same."""
        body = msgspec.json.encode(ClaimRequest(secret=self._token.secret, machine=machine))
        until = time.monotonic() + ANSWER_TIMEOUT_S
        while True:
            failure: Exception = OSError("no address to ask")
            for host in self._token.api_hosts:
                try:
                    with self._told_apart(host):
                        content = _content(*self._post(host, CLAIM_PATH, body, ATTEMPT_TIMEOUT_S))
                        return decode_token(msgspec.json.decode(content, type=ClaimAnswer).token)
                except _Again as error:
                    failure = error.failure
            if not self._token.api_hosts or time.monotonic() > until:
                raise doctor.unreachable(", ".join(self._token.api_hosts), failure) from None
            time.sleep(_PAUSE_S)

    @contextmanager
    def _told_apart(self, host: str) -> Iterator[None]:
        """Raises JoinFailed for what another try would not change, `_Again` for what it may."""
        try:
            yield
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError) as error:
            raise _Again(error) from None
        except ssl.SSLError as error:
            failed = doctor.proxy_failure if self._through_proxy else doctor.tls_failure
            raise failed(self._where(host), error) from None
        except PinMismatch as error:
            raise doctor.pin_mismatch(self._where(host), error) from None
        except ProxyFailed as error:
            if error.code == "PROXY_REFUSED":
                raise doctor.http_proxy_failure(error) from None
            raise _Again(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise _Again(error) from None

    def check_outside(self, request: JoinRequest) -> None:
        """A tunnel does not open for a token that is used up. Where the API can be reached without one, ask
        there, and raise what it has against the token."""
        body = msgspec.json.encode(msgspec.structs.replace(request, check_only=True))
        for host in self._token.api_hosts:
            try:
                _read_answer(*self._post(host, "/v1/join", body, OUTSIDE_TIMEOUT_S))
            except ssl.SSLError as error:
                raise doctor.tls_failure(self._where(host), error) from None
            except PinMismatch as error:
                raise doctor.pin_mismatch(self._where(host), error) from None
            except (OSError, http.client.HTTPException):
                continue
            except doctor.JoinFailed as error:
                if error.code in _AGAINST_THE_TOKEN:
                    raise
                return

    def complete(self, host: str, secret: str) -> None:
        """Say that the answer is stored. Whether this is heard shows only in what comes after."""
        try:
            body = msgspec.json.encode(JoinComplete(secret=secret))
            self._post(host, "/v1/join/complete", body, COMPLETE_TIMEOUT_S)
        except PinMismatch as error:
            raise doctor.pin_mismatch(self._where(host), error) from None
        except (OSError, http.client.HTTPException):
            # The answer may be lost with the tunnel that it came through.
            return

    def _where(self, host: str) -> str:
        return f"{host}:{self._port}"

    def _note_sent(self) -> None:
        self._sent = True

    def _post(
        self, host: str, path: str, body: bytes, timeout: float, sent: Callable[[], None] = lambda: None
    ) -> tuple[int, bytes]:
        """`sent` is called when the request has gone out whole."""
        connection = https_connection(host, self._port, timeout, context_of(self._token), self._proxy)
        try:
            check_context(connection.sock, self._pins, sole_authority=self._sole_authority)
            connection.request("POST", path, body=body, headers={"Content-Type": "application/json"})
            sent()
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _read_answer(status: int, content: bytes) -> JoinAnswer:
    return msgspec.json.decode(_content(status, content), type=JoinAnswer)


def _content(status: int, content: bytes) -> bytes:
    """Of an answer that is none of refusal. Raises JoinFailed, OSError."""
    if status == 200:
        return content
    try:
        error: dict[str, Any] = json.loads(content)["error"]
    except (ValueError, KeyError):
        if status >= 500:
            raise OSError(f"HTTP {status}, and not from the control plane") from None
        raise doctor.refused(
            "JOIN_REFUSED", f"unexpected answer (HTTP {status}), and not from the control plane", ""
        ) from None
    if status >= 500:
        raise OSError(error["message"])
    raise doctor.refused(error["code"], error["message"], error.get("next_step", ""))


def context_of(token: JoinToken) -> ssl.SSLContext:
    """Of a proxy: by the pins of the token, or as this machine trusts it. Else it trusts the CA of the token and
    nothing else. The name is not compared: the CA gives the serverAuth usage
    to its own control plane only."""
    if token.proxy:
        return proxied_context(ca=ssl.DER_cert_to_PEM_cert(token.ca), pinned=bool(token.proxy_pins))
    return api_context(token.ca, token.trust)
