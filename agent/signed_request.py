"""One signed request without the running agent's link: for join and leave. Blocks."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import msgspec

from agent.connect import context_of
from agent.directory import AgentDirectory, NodeRecord
from agent.http_proxy.connecting import https_connection
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.pinning import check_context
from agent.refusals import is_of_a_key
from agent.session import SessionKeyFile, Signer
from nimbus.protocol.messages import NonceHint

_ATTEMPTS = 4


def request_once(
    directory: AgentDirectory,
    record: NodeRecord,
    method: str,
    target: str,
    body: bytes,
    *,
    timeout: float,
    proxy: HttpProxy = DIRECT,
) -> tuple[int, bytes]:
    """Status and body. By certificate or by signature, as the node is. Raises OSError, http.client.HTTPException,
    PinMismatch, SessionKeysUnreadable."""
    if record.auth != "session-key":
        return _send(directory, record, method, target, body, {}, timeout, proxy)
    signer = Signer(SessionKeyFile(directory.session).load())
    answer = 0, b""
    for _ in range(_ATTEMPTS):
        signed = signer.sign(method, target, body)
        if signed is None:
            break
        answer = _send(directory, record, method, signed.target, body, signed.headers, timeout, proxy)
        code, hint = _refusal(answer[1])
        if code == "NONCE_REFUSED" and hint is not None:
            signer.take_hint(hint)
        elif is_of_a_key(code):
            signer.refused(signed.key_id, code)
        else:
            return answer
    return answer


def _send(
    directory: AgentDirectory,
    record: NodeRecord,
    method: str,
    target: str,
    body: bytes,
    headers: dict[str, str],
    timeout: float,
    proxy: HttpProxy,
) -> tuple[int, bytes]:
    parts = urlsplit(record.agent_api)
    context = context_of(directory, record)
    connection = https_connection(parts.hostname or "", parts.port or 443, timeout, context, proxy)
    try:
        check_context(connection.sock, record.pins, sole_authority=record.auth == "mtls")
        connection.request(method, target, body=body, headers={"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _refusal(body: bytes) -> tuple[str, NonceHint | None]:
    try:
        error = json.loads(body)["error"]
        hint = error.get("nonce")
        return str(error["code"]), msgspec.convert(hint, NonceHint) if hint else None
    except (ValueError, KeyError, TypeError, AttributeError, msgspec.ValidationError):
        return "", None
