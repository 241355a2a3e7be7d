"""Types of second factors and passkeys."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from nimbus.kernel.shapes import line

MAX_PASSKEY_NAME = 60


class Totp(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. `last_step` is the time step (RFC 6238 section 4.2) of the last code that was accepted."""

    user_id: str
    sealed_secret: str
    last_step: int
    created_at: int
    confirmed_at: int | None


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; `credential_id` and `public_key` (COSE) in base64url."""

    id: str
    user_id: str
    credential_id: str
    public_key: str
    sign_count: int
    name: str
    transports: tuple[str, ...]
    backed_up: bool
    created_at: int
    last_used_at: int | None = None
    revision: int = 1


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`backed_up`: kept by a provider too, not on one device only. Times are RFC 3339."""

    id: str
    name: str
    backed_up: bool
    transports: tuple[str, ...]
    created_at: str
    last_used_at: str | None
    revision: int


class FactorsView(msgspec.Struct, frozen=True, kw_only=True):
    totp: bool
    totp_confirmed_at: str | None
    recovery_codes: int
    passkeys: tuple[PasskeyView, ...]


class TotpEnrolment(msgspec.Struct, frozen=True):
    """Shown once: what an authenticator app takes, as a URI (for a QR code) and as its secret in base32."""

    otpauth_uri: str
    secret: str

    def __repr__(self) -> str:
        return "TotpEnrolment()"


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Shown once; none when there are some already."""

    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"RecoveryCodes({len(self.recovery_codes)})"


class CodeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A code of the authenticator app; to remove something a recovery code will do, too."""

    code: str

    def __repr__(self) -> str:
        return "CodeRequest()"


class PasskeyOptions(msgspec.Struct, frozen=True):
    """`options` go to the browser's `navigator.credentials`, `state` comes back with the answer."""

    state: str
    options: dict[str, Any]


class PasskeyRegistration(msgspec.Struct, forbid_unknown_fields=True):
    """`credential` is what `navigator.credentials.create()` answered, as JSON."""

    state: str
    credential: dict[str, Any]
    name: Annotated[str, line(MAX_PASSKEY_NAME)] = ""


class PasskeyRegistered(msgspec.Struct, frozen=True):
    """`recovery_codes` are shown this once, with the first factor."""

    passkey: PasskeyView
    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"PasskeyRegistered({self.passkey.id!r})"


class PasskeyPatch(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, line(MAX_PASSKEY_NAME, blank=False)]


class Removed(msgspec.Struct, frozen=True):
    """`id` of what is gone."""

    id: str
