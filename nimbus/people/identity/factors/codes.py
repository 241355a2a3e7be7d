"""Pure: one-time codes (TOTP, RFC 6238: SHA-1, 6 digits, 30 s) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

import pyotp

STEP_S = 30
# A step before and after: clocks differ, and people type slowly (RFC 6238 section 5.2).
WINDOW = 1
SECRET_BYTES = 20
RECOVERY_CODES = 10
ISSUER = "Nimbus"
_CODE = re.compile(r"[0-9]{6}")
# 80 random bits in base32.
_RECOVERY_BYTES = 10
_RECOVERY = re.compile(r"[a-z2-7]{16}")


def new_totp_secret() -> str:
    """160 random bits (RFC 4226 section 4) in base32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def otpauth_uri(secret: str, username: str, host: str) -> str:
    """The Key URI that authenticator apps read. `host` tells this control plane from others."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{username}@{host}", issuer_name=ISSUER)


def matching_step(secret: str, code: str, now_s: float, last_step: int) -> int | None:
    """The time step that `code` belongs to; None when it is wrong, too old, or of a step that was used. A clock
    that was set back accepts nothing until it is past the last step again: better than a code twice."""
    if not _CODE.fullmatch(code):
        return None
    present = int(now_s) // STEP_S
    totp = pyotp.TOTP(secret)
    matching = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and step > last_step and matching is None:
            matching = step
    return matching


def new_recovery_codes() -> tuple[str, ...]:
    """Each `xxxx-xxxx-xxxx-xxxx`."""
    return tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))


def _new_recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def recovery_hash(user_id: str, code: str) -> str | None:
    """What is stored of a code, however it was typed; None when it is none. SHA-256: it has 80 random bits, and who
    guesses is slowed down."""
    text = code.lower().replace("-", "").replace(" ", "")
    if not _RECOVERY.fullmatch(text):
        return None
    return hashlib.sha256(f"{user_id}:{text}".encode()).hexdigest()


def normalized_code(code: str) -> str:
    """A one-time code as people type it: `123 456`."""
    return code.replace(" ", "").replace("-", "")
