"""The way to the control plane through a proxy that ends TLS: signed requests on two connections.

Proxies do not pipeline (RFC 9112, section 9.3.2, leaves it to them) and hold a request until its answer: the long
poll has a connection of its own, and every other request waits for the one before it.
"""

from __future__ import annotations

import json
import logging
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import trio

from agent.damage import IdentityDamaged, condition
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.link import REQUEST_TIMEOUT_S, Link, LinkDown, Refused, Reply
from agent.refusals import is_of_a_key, refusal
from agent.session import SessionKeyFile, Signer
from nimbus.protocol.messages import NonceHint, SessionKey, SessionKeyAnswer

_ATTEMPTS = 6
_NO_HEADERS: Mapping[str, str] = {}
log = logging.getLogger("nimbus.link")


class _Refusal(msgspec.Struct):
    """The error of an answer, as far as it matters here."""

    code: str = ""
    message: str = ""
    nonce: NonceHint | None = None


class _Envelope(msgspec.Struct):
    error: _Refusal


_envelope = msgspec.json.Decoder(_Envelope)
_key_answer = msgspec.json.Decoder(SessionKeyAnswer)


class ProxiedLink:
    """As `agent.link.Link` to its users. `file` has the keys that `signer` signs with."""

    def __init__(
        self,
        urls: str | Sequence[str],
        context: Callable[[], ssl.SSLContext],
        signer: Signer,
        file: SessionKeyFile,
        pins: tuple[str, ...] = (),
        jitter: Callable[[], float] = random.random,
        proxy: HttpProxy = DIRECT,
    ) -> None:
        self._urls, self._context, self._pins, self._jitter = urls, context, pins, jitter
        self._proxy = proxy
        self._lanes = tuple(
            Link(urls, context, jitter, pins=pins, sole_authority=False, proxy=proxy) for _ in range(2)
        )
        self._turns = tuple(trio.Lock() for _ in self._lanes)
        self._signer = signer
        self._file = file
        self._limiter = trio.CapacityLimiter(1)
        self._problem = ""
        self._fetched = ""

    def another(self) -> ProxiedLink:
        """It signs with the same keys, and uses up the same nonces."""
        return ProxiedLink(
            self._urls, self._context, self._signer, self._file, self._pins, self._jitter, self._proxy
        )

    @property
    def connected(self) -> bool:
        return all(lane.connected for lane in self._lanes)

    @property
    def failure(self) -> str:
        """Why there is no connection, or why what comes over it is of no use; "" while all is well."""
        return next((lane.failure for lane in self._lanes if lane.failure), "") or self._problem

    @property
    def url(self) -> str:
        return self._lanes[0].url

    async def wait_connected(self) -> None:
        while not self.connected:
            for lane in self._lanes:
                await lane.wait_connected()

    def reconnect(self) -> None:
        for lane in self._lanes:
            lane.reconnect()

    def use(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)
        for lane in self._lanes:
            lane.use(urls)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            for lane in self._lanes:
                nursery.start_soon(lane.run)

    async def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        timeout: float = REQUEST_TIMEOUT_S,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Reply:
        """Raises LinkDown, also when it is the proxy that answers, and its kind Refused."""
        polls = method == "GET" and target.startswith("/v1/internal/tasks/")
        lane, turn = self._lanes[polls], self._turns[polls]
        for _ in range(_ATTEMPTS):
            # Signed when its turn has come: a signature is good for five minutes.
            async with turn:
                signed = self._signer.sign(method, target, body)
                if signed is None:
                    raise self._rest()
                signing = {**headers, **signed.headers}
                reply = await lane.request(method, signed.target, body, timeout, signing)
            refused = _refusal_of(reply)
            if refused.code == "NONCE_REFUSED" and refused.nonce is not None:
                self._signer.take_hint(refused.nonce)
            elif is_of_a_key(refused.code):
                # It may be that it ended while this was on its way; then another one is there already.
                self._signer.refused(signed.key_id, refused.code)
            else:
                self._check(reply, refused)
                self._accepted(signed.key_id)
                return reply
        raise LinkDown

    def _rest(self) -> Refused:
        """No key is accepted: all of them are tried again later."""
        refused = refusal(self._signer.why_refused())
        self._signer.try_all_again()
        for lane in self._lanes:
            lane.rest(refused)
        return Refused(refused)

    def _check(self, reply: Reply, refused: _Refusal) -> None:
        """Raises LinkDown unless the control plane answered, and to this node."""
        problem = ""
        if refused.code in ("SIGNATURE_MISMATCH", "CLOCK_SKEWED", "SOURCE_NOT_ALLOWED"):
            problem = f"{refused.message} [{refused.code}]"
        elif not refused.code and not _is_ours(reply):
            problem = f"the proxy answered HTTP {reply.status}, not the control plane"
        if problem and problem != self._problem:
            log.warning("the connection is unusable: %s", problem)
        self._problem = problem
        if problem:
            raise LinkDown

    def _accepted(self, key_id: str) -> None:
        """The key before the newest stays on disk: it is the one that a restored backup knows."""
        if key_id == self._fetched:
            self._fetched = ""
            log.info("the new session key is in use")

    async def fetch_key(self, key_id: str) -> None:
        """Get the key of this id, store it, and sign with it from now on. Raises LinkDown, OSError."""
        if any(key.key_id == key_id for key in self._signer.keys):
            return
        reply = await self.request("POST", "/v1/internal/session-key", b"{}")
        if reply.status != 200:
            log.warning("no new session key: HTTP %d", reply.status)
            return
        try:
            key = _key_answer.decode(reply.body).key
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise LinkDown from None
        if all(known.key_id != key.key_id for known in self._signer.keys):
            current = self._signer.current
            await self._store((key, *([current] if current else [])))
            self._fetched = key.key_id

    async def _store(self, keys: tuple[SessionKey, ...]) -> None:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._file.save, keys, limiter=self._limiter)
            self._signer.use(keys)


def _refusal_of(reply: Reply) -> _Refusal:
    if reply.status < 400:
        return _Refusal()
    try:
        return _envelope.decode(reply.body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Refusal()


def _is_ours(reply: Reply) -> bool:
    """The control plane speaks JSON, or says nothing; or it is a piece of a file, which has a sum of its own."""
    if reply.status in (204, 206, 304):
        return True
    if reply.status != 200:
        return False
    try:
        json.loads(reply.body)
    except (ValueError, RecursionError):
        return False
    return True


def proxied_context(ca_file: str = "", *, ca: str = "", pinned: bool = False) -> ssl.SSLContext:
    """Trusts what this machine trusts, and the internal CA (a file, or PEM); the host's name is compared. `pinned`:
    trusts anybody, for who compares the certificate with pins before anything is sent."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        try:
            context.load_verify_locations(cafile=ca_file or None, cadata=ca or None)
        except (OSError, ssl.SSLError):
            raise IdentityDamaged(
                f"{ca_file} cannot be used: {condition(Path(ca_file), 'CERTIFICATE') or 'it is damaged'}"
            ) from None
    return context
