"""WebAuthn Level 3 (W3C) without I/O: options for the browser, and the check of what an authenticator answered.

User verification (a PIN, a finger) is required at registration and at every sign-in: a passkey stands for both
factors. Attestation is not asked for: which make of authenticator somebody has does not matter here.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from nimbus.kernel.errors import ValidationError, invalid
from nimbus.people.identity.factors.records import Passkey
from nimbus.people.identity.records import User

TIMEOUT_MS = 300_000
MAX_CREDENTIAL = 32 * 1024
# Level 3 section 5.4.3: credential ids have at most 1023 bytes.
MAX_CREDENTIAL_ID = 1364
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
# What hostile input makes the libraries raise.
_REFUSALS = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class RelyingParty(msgspec.Struct, frozen=True):
    """`id` is the host name of the dashboard (no address, no port); `origins` are the https origins that it is
    reached at."""

    id: str
    origins: tuple[str, ...]
    name: str = "Nimbus"


class Registered(msgspec.Struct, frozen=True):
    credential_id: str
    public_key: str
    sign_count: int
    backed_up: bool
    transports: tuple[str, ...]


class Asserted(msgspec.Struct, frozen=True):
    sign_count: int
    backed_up: bool


def registration_options(
    party: RelyingParty, user: User, challenge: bytes, present: list[Passkey]
) -> dict[str, Any]:
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_name=user.username,
        user_id=user_handle(user.id),
        user_display_name=user.display_name or user.username,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(present),
    )
    return _json(webauthn.options_to_json(options))


def sign_in_options(party: RelyingParty, challenge: bytes, allowed: list[Passkey]) -> dict[str, Any]:
    """`allowed` empty: the authenticator itself knows who may sign in (discoverable credentials)."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(allowed),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _json(webauthn.options_to_json(options))


def check_registration(party: RelyingParty, credential: dict[str, Any], challenge: bytes) -> Registered:
    """Raises ValidationError."""
    _check_size(credential)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except _REFUSALS as error:
        raise refused(_reason(error)) from None
    return Registered(
        credential_id=to_text(verified.credential_id),
        public_key=to_text(verified.credential_public_key),
        sign_count=verified.sign_count,
        backed_up=verified.credential_backed_up,
        transports=_transports(credential),
    )


def check_assertion(
    party: RelyingParty, credential: dict[str, Any], challenge: bytes, passkey: Passkey
) -> Asserted:
    """Raises ValidationError; also when the sign counter has not gone up (section 6.1.1): there is a copy."""
    _check_size(credential)
    handle = credential.get("response", {}).get("userHandle")
    if handle is not None and handle != to_text(user_handle(passkey.user_id)):
        raise refused("the passkey is of another user")
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=webauthn.base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _REFUSALS as error:
        raise refused(_reason(error)) from None
    return Asserted(verified.new_sign_count, verified.credential_backed_up)


def credential_id_of(credential: dict[str, Any]) -> str:
    """Raises ValidationError."""
    identifier = credential.get("id")
    if (
        not isinstance(identifier, str)
        or len(identifier) > MAX_CREDENTIAL_ID
        or not _BASE64URL.fullmatch(identifier)
    ):
        raise refused("it has no id")
    if not isinstance(credential.get("response"), dict):
        raise refused("it has no response")
    return identifier


def user_handle(user_id: str) -> bytes:
    """16 random bytes (the UUID's): nothing that says who it is (section 14.6.1)."""
    return bytes.fromhex(user_id.replace("-", ""))


def to_text(raw: bytes) -> str:
    from webauthn.helpers import bytes_to_base64url

    return bytes_to_base64url(raw)


def refused(reason: str) -> ValidationError:
    return invalid("credential", f"the passkey's answer is not accepted: {reason}", next_step="Try again.")


def _reason(error: BaseException) -> str:
    """The library's own errors say what was wrong, in a line; others only that it is damaged."""
    if not isinstance(error, WebAuthnException):
        return "it is damaged"
    text = "".join(letter for letter in str(error) if letter.isprintable())
    return text[:200]


def _check_size(credential: dict[str, Any]) -> None:
    credential_id_of(credential)
    if len(msgspec.json.encode(credential)) > MAX_CREDENTIAL:
        raise refused("it is too large")


def _transports(credential: dict[str, Any]) -> tuple[str, ...]:
    given = credential["response"].get("transports")
    known = {transport.value for transport in AuthenticatorTransport}
    return (
        tuple(sorted({transport for transport in given if isinstance(transport, str)} & known))
        if isinstance(given, list)
        else ()
    )


def _descriptors(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=webauthn.base64url_to_bytes(passkey.credential_id),
            transports=[AuthenticatorTransport(transport) for transport in passkey.transports],
        )
        for passkey in passkeys
    ]


def _json(text: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(text)
    return options
