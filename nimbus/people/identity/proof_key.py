"""Proof of possession for codes that come back by way of a browser (RFC 7636): the code is good only for whoever
has the verifier that the challenge was made of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Annotated

from nimbus.kernel.errors import invalid
from nimbus.kernel.shapes import matching

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
Challenge = Annotated[str, matching(_CHALLENGE)]
ChallengeOrNone = Annotated[str, matching(_CHALLENGE, empty=True)]
# RFC 7636 section 4.1.
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def check_challenge(challenge: str, field: str = "challenge") -> str:
    """Raises ValidationError."""
    if not _CHALLENGE.fullmatch(challenge):
        raise invalid(field, "must be an S256 challenge (RFC 7636 section 4.2)")
    return challenge


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def answers(verifier: str, challenge: str) -> bool:
    return bool(_VERIFIER.fullmatch(verifier)) and hmac.compare_digest(challenge_of(verifier), challenge)
