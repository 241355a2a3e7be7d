"""Requests to identity providers: over TLS, bounded in size and time, and nowhere but where they were sent.

No redirect is followed, no proxy of the environment used, no compressed answer taken (a small one can be huge).
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import msgspec
import trio

from nimbus.people.single_sign_on.refusals import ProviderFailed

TIMEOUT_S = 10.0
MAX_ANSWER = 512 * 1024
_decode = msgspec.json.Decoder(dict[str, Any])


class Fetched(msgspec.Struct, frozen=True):
    status: int
    content_type: str
    content: bytes

    def json(self, what: str) -> dict[str, Any]:
        """Raises ProviderFailed when it is no JSON object."""
        try:
            return _decode.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ProviderFailed(f"the provider's {what} is no JSON object (HTTP {self.status})") from None


class Fetcher:
    """`ca_pem`: further authorities beside those of the system."""

    def __init__(
        self, ca_pem: str = "", *, timeout_s: float = TIMEOUT_S, max_answer: int = MAX_ANSWER
    ) -> None:
        self._ca_pem = ca_pem
        self._timeout_s = timeout_s
        self._max_answer = max_answer
        self._context: ssl.SSLContext | None = None

    async def get(self, url: str, what: str, headers: Mapping[str, str] | None = None) -> Fetched:
        return await self._fetch("GET", url, what, headers or {}, None)

    async def post(
        self, url: str, what: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Fetched:
        return await self._fetch("POST", url, what, headers or {}, form)

    async def _fetch(
        self, method: str, url: str, what: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Fetched:
        """`what` names it in errors. Raises ProviderFailed."""
        if self._context is None:
            self._context = await trio.to_thread.run_sync(trusting, self._ca_pem)
        import httpx

        try:
            with trio.fail_after(self._timeout_s):
                return await self._sent(method, url, what, headers, form)
        except trio.TooSlowError:
            raise ProviderFailed(f"the provider's {what} took longer than {self._timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise ProviderFailed(f"the provider's {what} cannot be fetched: {_reason(error)}") from None

    async def _sent(
        self, method: str, url: str, what: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Fetched:
        import httpx

        assert self._context is not None
        sent = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "nimbus",
            **headers,
        }
        client = httpx.AsyncClient(
            verify=self._context, follow_redirects=False, trust_env=False, timeout=self._timeout_s
        )
        async with client, client.stream(method, url, headers=sent, data=form) as response:
            if 300 <= response.status_code < 400:
                raise ProviderFailed(f"the provider's {what} is a redirect, which is not followed")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise ProviderFailed(f"the provider's {what} is compressed, which was not asked for")
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > self._max_answer:
                    raise ProviderFailed(f"the provider's {what} is larger than {self._max_answer} bytes")
            return Fetched(response.status_code, response.headers.get("Content-Type", ""), bytes(content))


def trusting(ca_pem: str) -> ssl.SSLContext:
    """Blocks a while, the first time. Raises ssl.SSLError when it is no certificate."""
    import httpx  # noqa: F401 - slow to import, and here it is in a thread

    context = ssl.create_default_context()
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    return context


def _reason(error: BaseException) -> str:
    """The innermost of what led to it that says anything: what is wrong with a certificate, say."""
    cause: BaseException | None = error
    text = ""
    while cause is not None:
        text = getattr(cause, "verify_message", "") or str(cause) or text
        cause = cause.__cause__ or cause.__context__
    shown = "".join(letter if letter.isprintable() else " " for letter in text or type(error).__name__)
    return shown[:200]
