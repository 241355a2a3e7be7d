"""Asking the control plane's API for the section `node`, where the agents' listener is not found any more.

In a process of its own, which ends with the answer: the library that signs and checks stays out of the agent's
memory. Blocks.
"""

from __future__ import annotations

import http.client
import secrets
import ssl
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agent.directory import AgentDirectory, NodeRecord
from agent.http_proxy.connecting import https_connection
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.pinning import check_pins
from agent.reasons import reason_of
from agent.session import SessionKeyFile
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.outside import (
    AUTHORITY_STATEMENT,
    PATH,
    OutsideAnswer,
    OutsideQuestion,
    answer_statement,
    keyed_signature,
    question_statement,
)

TIMEOUT_S = 10.0
MOST_BYTES = 256 * 1024
MOST_URLS = 8


class OutsideFailed(NimbusError):
    """None of the addresses gave an answer that the control plane has signed."""

    code = "API_UNREACHABLE"


class _NotTaken(ValueError):
    """The control plane does not take the key for one of its nodes'."""


class _Refused(msgspec.Struct):
    message: str = ""
    code: str = ""


class _Envelope(msgspec.Struct):
    error: _Refused


def ask_outside(
    directory: AgentDirectory, record: NodeRecord, urls: tuple[str, ...], proxy: HttpProxy = DIRECT
) -> OutsideAnswer:
    """The first answer that is signed by an authority that this node knows. Raises OutsideFailed with what came of
    each address."""
    failures = []
    for url in urls[:MOST_URLS]:
        try:
            return _ask(directory, record, url, proxy)
        except (OSError, http.client.HTTPException, ValueError, NimbusError) as error:
            failures.append(f"{url}: {reason_of(error) if isinstance(error, OSError) else error}")
    raise OutsideFailed("; ".join(failures) or "no address of the API is known")


def _ask(directory: AgentDirectory, record: NodeRecord, url: str, proxy: HttpProxy) -> OutsideAnswer:
    refusal = ""
    for question in _questions(directory, record):
        try:
            return _ask_with(directory, record, url, question, proxy)
        except _NotTaken as error:
            # Of session keys there may be two, and an older copy of the database knows the older one.
            refusal = refusal or str(error)
    raise ValueError(refusal)


def _ask_with(
    directory: AgentDirectory, record: NodeRecord, url: str, question: OutsideQuestion, proxy: HttpProxy
) -> OutsideAnswer:
    authorities = x509.load_pem_x509_certificates(directory.ca.read_bytes())
    # Pins that make a proxy's certificate valid say nothing of the API's, nor do they have to: answers are signed.
    pins = () if record.pinned else record.pins
    status, body = _post(url, msgspec.json.encode(question), pins, authorities, proxy)
    if status == 403:
        raise _NotTaken(_refusal(status, body))
    if status != 200:
        raise ValueError(_refusal(status, body))
    try:
        answer = msgspec.json.decode(body, type=OutsideAnswer)
        signature = bytes.fromhex(answer.signature)
    except (msgspec.DecodeError, ValueError):
        raise ValueError("something other than the control plane answers") from None
    statement = answer_statement(question.nonce, record.node_id, answer.generation, answer.section)
    signers = [*authorities, *_certified(answer.bridge, authorities)]
    if not any(_has_signed(signer, AUTHORITY_STATEMENT + statement, signature) for signer in signers):
        raise ValueError("the answer is not signed by an authority that this node trusts")
    return answer


def _certified(bridge: str, authorities: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The authority after those that are known, when one of them has certified it as one."""
    try:
        certificate = x509.load_pem_x509_certificate(bridge.encode())
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        return []
    is_authority = constraints.ca and any(_is_issued_by(certificate, authority) for authority in authorities)
    return [certificate] if is_authority else []


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _has_signed(certificate: x509.Certificate, statement: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, statement, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature:
        return False
    return True


def _questions(directory: AgentDirectory, record: NodeRecord) -> Iterator[OutsideQuestion]:
    """As this node shows who it is. Raises SessionKeysUnreadable."""
    if record.auth != "session-key":
        yield _question(directory)
        return
    for key in SessionKeyFile(directory.session).load():
        sent_at, nonce = time.time(), secrets.token_hex(16)
        signature = keyed_signature(key.secret, question_statement(sent_at, nonce))
        yield OutsideQuestion(sent_at=sent_at, nonce=nonce, signature=signature, key_id=key.key_id)


def _question(directory: AgentDirectory) -> OutsideQuestion:
    key = serialization.load_pem_private_key(directory.key.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    sent_at, nonce = time.time(), secrets.token_hex(16)
    return OutsideQuestion(
        certificate=directory.certificate.read_text("ascii"),
        sent_at=sent_at,
        nonce=nonce,
        signature=key.sign(question_statement(sent_at, nonce), ec.ECDSA(hashes.SHA256())).hex(),
    )


def _post(
    url: str, body: bytes, pins: tuple[str, ...], authorities: Sequence[x509.Certificate], proxy: HttpProxy
) -> tuple[int, bytes]:
    """Over TLS to whoever is there, for question and answer are signed; where the node has pins, these count."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    parts = urlsplit(url)
    connection = https_connection(parts.hostname or "", parts.port or 443, TIMEOUT_S, context, proxy)
    try:
        known = [authority.public_bytes(serialization.Encoding.DER) for authority in authorities]
        check_pins(connection.sock.getpeercert(True), pins, known)
        connection.request("POST", PATH, body=body, headers={"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read(MOST_BYTES)
    finally:
        connection.close()


def _refusal(status: int, body: bytes) -> str:
    try:
        error = msgspec.json.decode(body, type=_Envelope).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"it answers with HTTP status {status}"
    return f"{error.message[:300]} [{error.code[:40]}]"
