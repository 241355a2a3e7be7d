"""Rows to a webhook: a batch as JSON in one POST over HTTPS, signed with HMAC-SHA256 (RFC 2104).

`X-Nimbus-Signature: t=SECONDS,v1=HEX` is over `SECONDS.BODY`, so that an old request cannot be sent again as a new
one. Only an answer of 2xx says that it was taken. No redirect is followed, and no proxy of the environment used.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import trio

from nimbus.records.destinations.reach import NotDelivered
from nimbus.records.destinations.records import Batch, DeliveryStep, Target
from nimbus.records.destinations.syslog import TIMEOUT_S, reason, trusting

if TYPE_CHECKING:
    import httpx

SIGNATURE_HEADER = "X-Nimbus-Signature"
_encode = msgspec.json.Encoder().encode


def signature(secret: str, at_s: int, body: bytes) -> str:
    """Of the header. `at_s`: epoch seconds."""
    digest = hmac.new(secret.encode(), b"%d." % at_s + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


async def post(
    target: Target,
    addresses: Sequence[str],
    ca_pem: str,
    secret: str,
    batch: Batch,
    at_s: int,
    steps: list[DeliveryStep],
) -> None:
    """`steps` grow. Raises NotDelivered."""
    import httpx

    body = _encode(batch)
    context = await trio.to_thread.run_sync(trusting, ca_pem)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "nimbus",
        "Host": _host(target),
        SIGNATURE_HEADER: signature(secret, at_s, body),
    }
    client = httpx.AsyncClient(verify=context, follow_redirects=False, trust_env=False, timeout=TIMEOUT_S)
    async with client:
        for address in addresses:
            try:
                with trio.fail_after(TIMEOUT_S):
                    status = await _status(client, target, address, headers, body)
                break
            except trio.TooSlowError:
                raise _failed(steps, f"no answer within {TIMEOUT_S:g} s") from None
            except httpx.ConnectError as error:
                if address == addresses[-1]:
                    raise _failed(steps, _innermost(error)) from None
            except (httpx.HTTPError, OSError) as error:
                raise _failed(steps, _innermost(error)) from None
    if not 200 <= status < 300:
        raise _failed(steps, f"it answered HTTP {status}")
    steps.append(DeliveryStep("request", True, f"HTTP {status}"))


async def _status(
    client: httpx.AsyncClient, target: Target, address: str, headers: dict[str, str], body: bytes
) -> int:
    """To this address, and as if to the name. What it says beside the status is not read."""
    at = f"[{address}]" if ":" in address else address
    request = client.build_request(
        "POST",
        f"https://{at}:{target.port}{target.path}",
        headers=headers,
        content=body,
        extensions={"sni_hostname": target.host},
    )
    response = await client.send(request, stream=True)
    await response.aclose()
    return response.status_code


def _host(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == 443 else f"{host}:{target.port}"


def _failed(steps: list[DeliveryStep], words: str) -> NotDelivered:
    steps.append(DeliveryStep("request", False, words))
    return NotDelivered(f"request: {words}")


def _innermost(error: BaseException) -> str:
    """What led to it: what is wrong with a certificate, say."""
    cause, words = error, reason(error)
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
        words = reason(cause) or words
    return words
