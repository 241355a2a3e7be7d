"""Pure decisions about claims: whether a token is for us and now (OpenID Connect Core section 3.1.3.7), and whom it
is about. Times are Unix seconds, by the control plane's clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from typing import Any

from nimbus.people.identity.sessions.records import MULTIPLE
from nimbus.people.single_sign_on.records import ExternalPerson
from nimbus.people.single_sign_on.signatures import BadToken

LEEWAY_S = 60.0
# How long ago a logout token may have been made.
LOGOUT_MAX_AGE_S = 600.0
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_SUBJECT = 255
MAX_GROUPS = 2000
# RFC 8176, and OpenID Connect's sign-out: what they say is about this sign-in.
_TOKENS_OWN = frozenset({"amr", "acr", "auth_time", "sid"})
_DIGESTS = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")


def check_id_token(
    claims: dict[str, Any],
    *,
    issuer: str,
    client_id: str,
    now_s: float,
    nonce: str = "",
    access_token: str = "",
    alg: str = "",
) -> None:
    """`nonce` "": none was sent (device flow). Raises BadToken."""
    _check_issuer_and_audience(claims, issuer, client_id)
    _check_times(claims, now_s)
    _check_subject(claims)
    if nonce:
        given = claims.get("nonce")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
            raise BadToken("its nonce is not that of this sign-in")
    if access_token and "at_hash" in claims:
        given = claims["at_hash"]
        if not isinstance(given, str) or not hmac.compare_digest(
            given.encode(), half_hash(access_token, alg).encode()
        ):
            raise BadToken("it belongs to another access token (at_hash)")


def _check_issuer_and_audience(claims: dict[str, Any], issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise BadToken("it is of another issuer")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise BadToken("it is not for this client (aud)")
    authorized = claims.get("azp")
    if (authorized is not None or len(audiences) > 1) and authorized != client_id:
        raise BadToken("it was given to another client (azp)")


def _check_times(claims: dict[str, Any], now_s: float) -> None:
    expires, issued = claims.get("exp"), claims.get("iat")
    if not _is_time(expires) or not _is_time(issued):
        raise BadToken("it does not say when it was made and until when it is good")
    assert isinstance(expires, int | float)
    assert isinstance(issued, int | float)
    if now_s >= expires + LEEWAY_S:
        raise BadToken("it has expired; if it is new, the clocks differ")
    if issued > now_s + LEEWAY_S:
        raise BadToken("it is from the future; the clocks differ")
    before = claims.get("nbf")
    if before is not None and (not _is_time(before) or before > now_s + LEEWAY_S):
        raise BadToken("it is not good yet; the clocks differ")


def _check_subject(claims: dict[str, Any]) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise BadToken("it does not say whom it is about (sub)")


def check_logout_token(
    claims: dict[str, Any], *, issuer: str, client_id: str, now_s: float, typ: str
) -> None:
    """OpenID Connect Back-Channel Logout 1.0 section 2.6. Raises BadToken."""
    if typ and typ.lower() not in ("logout+jwt", "application/logout+jwt", "jwt"):
        raise BadToken("it is no logout token (typ)")
    _check_issuer_and_audience(claims, issuer, client_id)
    # Older providers leave exp out.
    _check_times({"exp": now_s, **claims}, now_s)
    if claims["iat"] < now_s - LOGOUT_MAX_AGE_S - LEEWAY_S:
        raise BadToken("it is too old")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise BadToken("it is not a sign-out message (events)")
    if "nonce" in claims:
        raise BadToken("it has a nonce: it is an ID token")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 1000:
        raise BadToken("it has no jti")
    if not logout_target(claims):
        raise BadToken("it says neither who signed out (sub) nor of which session (sid)")


def logout_target(claims: dict[str, Any]) -> tuple[str, str] | None:
    """(sub, sid), "" where it is not given."""
    subject, session = claims.get("sub", ""), claims.get("sid", "")
    if not isinstance(subject, str) or not isinstance(session, str) or not (subject or session):
        return None
    return subject, session


def half_hash(text: str, alg: str) -> str:
    """at_hash (OpenID Connect Core section 3.1.3.6). Of EdDSA with Ed25519: SHA-512."""
    digest = _DIGESTS.get(alg[-3:], hashlib.sha512)(text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11


# Whom it is about.


def claim_at(claims: dict[str, Any], path: str) -> Any:
    """A claim by its name, or by the names on the way to it, with dots. None: there is none."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def groups_in(claims: dict[str, Any], path: str) -> frozenset[str]:
    value = claim_at(claims, path) if path else None
    values = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(group for group in values[:MAX_GROUPS] if isinstance(group, str) and group)


def text_of(claims: dict[str, Any], path: str) -> str:
    value = claim_at(claims, path) if path else None
    return value if isinstance(value, str) else ""


def without_the_tokens_own(userinfo: dict[str, Any]) -> dict[str, Any]:
    """Without what an ID token alone says: it is signed, and about this sign-in. UserInfo is neither, and at some
    providers people write attributes of their own into it."""
    return {name: value for name, value in userinfo.items() if name not in _TOKENS_OWN}


def person(
    claims: dict[str, Any], *, groups_claim: str, username_claim: str, id_token: str = ""
) -> ExternalPerson:
    """From checked claims, of the ID token and of UserInfo together."""
    return ExternalPerson(
        issuer=claims["iss"],
        subject=claims["sub"],
        username=text_of(claims, username_claim) or text_of(claims, "nickname"),
        email=text_of(claims, "email"),
        email_verified=claims.get("email_verified") in (True, "true"),
        display_name=text_of(claims, "name"),
        groups=groups_in(claims, groups_claim),
        id_token=id_token,
        provider_session=text_of({"sid": claims.get("sid")}, "sid"),
        second_factor=MULTIPLE in groups_in({"amr": claims.get("amr")}, "amr"),
    )


def username_for(person: ExternalPerson) -> str:
    """A user name that is like theirs at the provider: small ASCII letters, digits and inner `._-`."""
    for given in (person.username.partition("@")[0], person.email.partition("@")[0], person.display_name):
        plain = unicodedata.normalize("NFKD", given).encode("ascii", "ignore").decode().lower()
        name = _NOT_IN_NAMES.sub("-", plain).strip("._-")[:56].rstrip("._-")
        if name:
            return name
    return "user"


def display_name_for(person: ExternalPerson) -> str:
    return "".join(letter for letter in person.display_name if letter.isprintable())[:100].strip()
