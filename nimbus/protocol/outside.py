"""How a node that does not reach the agents' listener any more asks the API for its section `node`.

Neither side trusts the connection: the node signs its question with the key of its certificate (ECDSA over P-256
with SHA-256) or with its session key (HMAC-SHA256, RFC 2104), the control plane its answer with the key of its
authority (P-384 with SHA-384), over the nonce of the question. So the way may lead over any address, proxy or
certificate.
"""

from __future__ import annotations

import hashlib
import hmac

from nimbus.protocol.messages import Message
from nimbus.protocol.node_section import NodeSection

PATH = "/v1/node-section"
# Before everything that the authority signs and that is no certificate.
AUTHORITY_STATEMENT = b"nimbus statement\x00"


class OutsideQuestion(Message):
    """`certificate` is the node's own (PEM), or `key_id` names its session key; `sent_at` in Unix seconds, `nonce`
    drawn at random, `signature` hex."""

    sent_at: float
    nonce: str
    signature: str
    certificate: str = ""
    key_id: str = ""


class OutsideAnswer(Message):
    """`generation` is that of the control plane's database, `signature` hex. `bridge` is the authority that signed,
    certified by the one before it (PEM), for who knows that one alone; "" when there is none."""

    section: NodeSection
    generation: int
    signature: str
    bridge: str = ""


def question_statement(sent_at: float, nonce: str) -> bytes:
    """What the node signs."""
    return f"nimbus node asks for its section\n{sent_at!r}\n{nonce}".encode()


def keyed_signature(secret: str, statement: bytes) -> str:
    """Of a session key, hex. No request that is signed with one begins as the statement does."""
    return hmac.new(secret.encode(), statement, hashlib.sha256).hexdigest()


def answer_statement(nonce: str, node_id: str, generation: int, section: NodeSection) -> bytes:
    """What the authority signs, after `AUTHORITY_STATEMENT`."""
    content = hashlib.sha256(bytes(section.content)).hexdigest()
    return f"node section\n{nonce}\n{node_id}\n{generation}\n{section.revision}\n{content}".encode()
