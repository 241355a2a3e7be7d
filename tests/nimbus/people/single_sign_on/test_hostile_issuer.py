"""What a provider, or whoever stands between, could lie about: each is refused, and nothing is written but the row
of the refusal."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from nimbus.kernel.access import ANONYMOUS, Actor
from nimbus.people.identity.cli_grants import CliExchangeRequest, CliGrantRequest
from nimbus.people.identity.proof_key import challenge_of
from nimbus.people.single_sign_on.claims import half_hash
from tests.kit.openid_provider import signing_key
from tests.nimbus.people.single_sign_on.hostile_issuer import HostileIssuer, hostile_issuer
from tests.nimbus.people.single_sign_on.world import World

HOUR = 3600


@pytest.fixture
async def liar(w: World) -> AsyncIterator[HostileIssuer]:
    async with hostile_issuer(w.clock.now) as made:
        yield made


async def refused(w: World, liar: HostileIssuer, reason: str = "ID_TOKEN_INVALID", **callback: str) -> None:
    before = await w.rows("SELECT COUNT(*) FROM users")
    assert await liar.sign_in(w, **callback) == (503 if reason == "PROVIDER_FAILED" else 401), liar.said
    assert await w.refusals() == [reason]
    assert await w.rows("SELECT COUNT(*) FROM users") == before
    assert await w.rows("SELECT COUNT(*) FROM sessions") == [(0,)]


async def test_an_honest_one_is_believed(w: World, liar: HostileIssuer) -> None:
    """So that what follows fails for the reason that it is about."""
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = {"at_hash": half_hash("at", "RS256"), "azp": "corp"}
    # Providers add parameters of their own.
    assert await liar.sign_in(w, session_state="x", scope="openid") == 303, liar.said
    [form] = liar.forms
    assert form["grant_type"] == "authorization_code"
    assert len(form["code_verifier"]) >= 43
    sent = next(headers["authorization"] for headers in liar.headers if "authorization" in headers)
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"corp:s3cret"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": []},
        {"aud": None},
        {"aud": {"corp": 1}},
        {"aud": ["corp", "another"]},
        {"aud": ["corp", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a" * 256},
        {"sub": "a\nb"},
        {"at_hash": "wrong"},
        {"at_hash": 1},
    ],
    ids=str,
)
async def test_claims_that_are_not_for_us(w: World, liar: HostileIssuer, claims: dict[str, Any]) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = claims
    await refused(w, liar)


@pytest.mark.parametrize(
    ("shift", "good"), [(0, True), (300 + 59, True), (300 + 61, False), (-59, True), (-61, False)]
)
async def test_the_clock_has_a_minute_of_leeway(
    w: World, liar: HostileIssuer, shift: int, good: bool
) -> None:
    """Our clock is `shift` seconds ahead of the provider's."""
    await w.add_provider(liar)  # type: ignore[arg-type]
    now = w.clock.now() // 1_000_000 - shift
    liar.claims = {"iat": now, "exp": now + 300}
    assert await liar.sign_in(w) == (303 if good else 401)
    assert good or "clocks differ" in liar.said


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _hmac(key: bytes) -> Callable[[dict[str, Any], dict[str, Any]], str]:
    def sign(header: dict[str, Any], claims: dict[str, Any]) -> str:
        signed = f"{_part({**header, 'alg': 'HS256'})}.{_part(claims)}"
        mac = hmac.digest(key, signed.encode(), hashlib.sha256)
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return sign


async def test_a_token_without_a_signature(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.sign = _unsigned
    await refused(w, liar)


@pytest.mark.parametrize("which", ["public key", "client secret"])
async def test_a_token_signed_with_what_others_know(w: World, liar: HostileIssuer, which: str) -> None:
    """HS256 with the public key as its secret, or with the client secret."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    await w.add_provider(liar)  # type: ignore[arg-type]
    public = jwt.PyJWK(liar.public_key).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    liar.sign = _hmac(public if which == "public key" else liar.client_secret.encode())
    # Its key set even says that this is right.
    secret = {"kty": "oct", "kid": "k1", "k": base64.urlsafe_b64encode(public).decode()}
    liar.documents["/jwks"] = {"keys": [secret, liar.public_key]}
    await refused(w, liar)


async def test_a_token_of_another_key(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    other = jwt.PyJWK(signing_key("k1")).key
    liar.sign = lambda header, claims: jwt.encode(claims, other, algorithm="RS256", headers=header)
    await refused(w, liar)


async def test_a_key_that_the_token_brings_along(w: World, liar: HostileIssuer) -> None:
    """`jwk`, `jku` and `x5u` of the header are not looked at."""
    await w.add_provider(liar)  # type: ignore[arg-type]
    other = signing_key("k1")
    public = {name: other[name] for name in ("kty", "n", "e")}
    liar.header = {"jwk": public, "jku": f"{liar.issuer}/other", "x5u": f"{liar.issuer}/other"}
    liar.documents["/other"] = {"keys": [{**public, "kid": "k1"}]}
    liar.sign = lambda header, claims: jwt.encode(
        claims, jwt.PyJWK(other).key, algorithm="RS256", headers=header
    )
    await refused(w, liar)
    assert "/other" not in liar.asked


async def test_a_token_with_extensions_that_must_be_known(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.header = {"crit": ["exp"], "exp": 1}
    await refused(w, liar)


@pytest.mark.parametrize(
    "change", [{"use": "enc"}, {"alg": "PS256"}, {"key_ops": ["sign"]}, {"kid": "another"}, {"n": "AQAB"}]
)
async def test_a_key_that_is_not_for_this(w: World, liar: HostileIssuer, change: dict[str, Any]) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.documents["/jwks"] = {"keys": [{**liar.public_key, **change}]}
    await refused(w, liar)


async def test_a_token_that_names_no_key(w: World, liar: HostileIssuer) -> None:
    """Each key that fits is tried."""
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.header = {"kid": None}
    liar.sign = lambda header, claims: liar.signed(
        {name: value for name, value in header.items() if value is not None}, claims
    )
    other = {name: signing_key("k0")[name] for name in ("kty", "n", "e", "kid")}
    liar.documents["/jwks"] = {"keys": [other, liar.public_key]}
    assert await liar.sign_in(w) == 303, liar.said


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "é.b.c", "a" * 70000, "..", "e30.e30.e30"], ids=lambda text: text[:8]
)
async def test_a_token_that_is_none(w: World, liar: HostileIssuer, token: str) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.sign = lambda _header, _claims: token
    await refused(w, liar, "ID_TOKEN_INVALID" if token else "PROVIDER_FAILED")


async def test_user_info_about_somebody_else(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = {"email": None}
    liar.documents["/me"] = {"sub": "bob", "email": "ada@example.org", "email_verified": True}
    await refused(w, liar, "USERINFO_MISMATCH")


async def test_user_info_does_not_outvote_the_token(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = {"email_verified": False, "name": None}
    liar.documents["/me"] = {"sub": "ada", "iss": "https://evil.example", "email_verified": True}
    await refused(w, liar, "EMAIL_NOT_VERIFIED")


@pytest.mark.parametrize(
    ("in_token", "in_user_info", "shown"),
    [(["pwd", "mfa"], None, True), (None, ["mfa"], False), (["pwd"], ["mfa"], False)],
)
async def test_a_second_factor_is_what_the_token_says(
    w: World, liar: HostileIssuer, in_token: Any, in_user_info: Any, shown: bool
) -> None:
    """UserInfo is not signed, and at some providers people write their own attributes. The session that it ends is
    named by the token, too."""
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = {"amr": in_token, "name": None}
    liar.documents["/me"] = {"sub": "ada", "name": "Ada", "amr": in_user_info, "sid": "another's"}
    assert await liar.sign_in(w) == 303, liar.said
    assert "/me" in liar.asked
    [(methods,)] = await w.rows("SELECT methods FROM sessions")
    assert ("mfa" in json.loads(methods)) is shown
    assert await w.rows("SELECT provider_session FROM single_sign_on_sessions") == [("",)]


@pytest.mark.parametrize("code", ["", "x" * 5000])
async def test_an_answer_without_a_code(w: World, liar: HostileIssuer, code: str) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    await refused(w, liar, "CODE_MISSING", code=code)


# What it says of itself.


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"userinfo_endpoint": "gopher://127.0.0.1/"},
        {"token_endpoint": "https://user@127.0.0.1/"},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_a_discovery_document_that_is_wrong(
    w: World, liar: HostileIssuer, change: dict[str, Any]
) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.discovery = {**liar.discovery, **change}
    with w.browser() as browser:
        answer = await w.get(browser, f"{w.base_url}/api/v1/auth/oidc/corp/start")
    assert answer.status_code == 503
    assert await w.refusals() == ["PROVIDER_FAILED"]
    assert liar.asked == ["/.well-known/openid-configuration"]


async def test_an_issuer_with_a_slash_is_another_one(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar, issuer=f"{liar.issuer}/")  # type: ignore[arg-type]
    with w.browser() as browser:
        answer = await w.get(browser, f"{w.base_url}/api/v1/auth/oidc/corp/start")
    assert answer.status_code == 503


async def test_metadata_of_oauth(w: World, liar: HostileIssuer) -> None:
    """RFC 8414, where OpenID Connect's document is not there."""
    await w.add_provider(liar)  # type: ignore[arg-type]
    document = liar.documents.pop("/.well-known/openid-configuration")
    liar.documents["/.well-known/oauth-authorization-server"] = document
    assert await liar.sign_in(w) == 303, liar.said


# How it answers.


def _redirect(liar: HostileIssuer) -> Any:
    return (302, {"Location": f"{liar.issuer}/token"}, b"")


def _huge(_liar: HostileIssuer) -> Any:
    return (200, {}, b" " * 600_000 + b"{}")


def _compressed(_liar: HostileIssuer) -> Any:
    return (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")


def _broken(_liar: HostileIssuer) -> Any:
    return (200, {"Content-Length": "100000"}, b"{")


def _error(_liar: HostileIssuer) -> Any:
    return (500, {}, b"oops")


def _not_json(_liar: HostileIssuer) -> Any:
    return (200, {}, b"<html>")


def _deep(_liar: HostileIssuer) -> Any:
    return (200, {}, b'{"a":' * 50000)


def _a_list(_liar: HostileIssuer) -> Any:
    return (200, {}, b"[]")


@pytest.mark.parametrize("path", ["/token", "/jwks", "/me"])
@pytest.mark.parametrize(
    "answer", [_redirect, _huge, _compressed, _error, _not_json, _deep, _a_list], ids=lambda f: f.__name__
)
async def test_answers_that_are_none(
    w: World, liar: HostileIssuer, path: str, answer: Callable[[HostileIssuer], Any]
) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = {"name": None}
    liar.documents[path] = answer(liar)
    await refused(w, liar, "PROVIDER_FAILED")
    assert answer is not _redirect or "redirect" in liar.said


async def test_an_answer_that_breaks_off(w: World, liar: HostileIssuer, monkeypatch: Any) -> None:
    """The fake says a length and does not keep it; the connection stays open, so that only time ends the wait."""
    await w.add_provider(liar)  # type: ignore[arg-type]
    await _shorter(w, monkeypatch)
    liar.documents["/token"] = _broken(liar)
    await refused(w, liar, "PROVIDER_FAILED")


async def test_a_provider_that_takes_its_time(w: World, liar: HostileIssuer, monkeypatch: Any) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    await _shorter(w, monkeypatch)

    def wait() -> Any:
        liar.released.wait(20)
        return {}

    liar.documents["/token"] = wait
    await refused(w, liar, "PROVIDER_FAILED")
    assert "took longer than 0.5 s" in liar.said


async def _shorter(w: World, monkeypatch: Any) -> None:
    """Ten seconds are long for a test."""
    from nimbus.people.single_sign_on.fetching import Fetcher

    monkeypatch.setattr(Fetcher.__init__, "__kwdefaults__", {"timeout_s": 0.5, "max_answer": 512 * 1024})


async def test_a_provider_that_is_gone_and_comes_back(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    good = liar.discovery
    liar.discovery = {}
    with w.browser() as browser:
        answer = await w.get(browser, f"{w.base_url}/api/v1/auth/oidc/corp/start")
        assert answer.status_code == 503
    liar.discovery = good
    assert await liar.sign_in(w) == 303


async def test_documents_are_fetched_once_an_hour(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    for _ in range(3):
        assert await liar.sign_in(w) == 303
    assert liar.asked.count("/.well-known/openid-configuration") == 1
    assert liar.asked.count("/jwks") == 1
    w.clock.advance(HOUR + 1)
    assert await liar.sign_in(w) == 303
    assert liar.asked.count("/.well-known/openid-configuration") == 2
    # A clock that was set back makes the documents neither older nor younger.
    w.clock.jump(-2 * HOUR)
    assert await liar.sign_in(w) == 303
    assert liar.asked.count("/.well-known/openid-configuration") == 2
    w.clock.advance(HOUR + 1)
    assert await liar.sign_in(w) == 303
    assert liar.asked.count("/.well-known/openid-configuration") == 3


async def test_unknown_keys_do_not_set_our_pace(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    assert await liar.sign_in(w) == 303
    liar.header = {"kid": "unknown"}
    for _ in range(5):
        assert await liar.sign_in(w) == 401
    assert liar.asked.count("/jwks") == 1
    w.clock.advance(11)
    for _ in range(5):
        assert await liar.sign_in(w) == 401
    assert liar.asked.count("/jwks") == 2


# Another device.


async def test_a_device_flow_that_is_told_to_slow_down(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.documents["/device"] = {
        "device_code": "d",
        "user_code": "ABCD",
        "verification_uri": f"{liar.issuer}/go",
        "expires_in": 600,
        "interval": 5,
    }
    begun = (await w.post("/api/v1/auth/oidc/corp/device", {})).json()["data"]
    honest = liar.documents["/token"]

    async def ask() -> httpx.Response:
        return await w.post("/api/v1/auth/oidc/corp/device/token", {"ticket": begun["ticket"]})

    liar.documents["/token"] = (400, {}, b'{"error": "slow_down"}')
    assert (await ask()).json()["data"] == {"signed_in": None, "interval": 10}
    w.clock.advance(9)
    assert (await ask()).json()["data"]["signed_in"] is None
    assert liar.asked.count("/token") == 1
    w.clock.advance(1)
    liar.documents["/token"] = honest
    liar.claims = {"nonce": None}
    assert (await ask()).json()["data"]["signed_in"]["user"]["username"] == "ada"
    assert [form.get("device_code") for form in liar.forms] == [None, "d", "d"]
    assert challenge_of(liar.forms[1]["code_verifier"]) == liar.forms[0]["code_challenge"]


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "invalid_grant"])
async def test_a_device_flow_that_ends(w: World, liar: HostileIssuer, error: str) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.documents["/device"] = {
        "device_code": "d",
        "user_code": "ABCD",
        "verification_uri": f"{liar.issuer}/go",
        "expires_in": 600,
    }
    begun = (await w.post("/api/v1/auth/oidc/corp/device", {})).json()["data"]
    liar.documents["/token"] = (400, {}, json.dumps({"error": error}).encode())
    answer = await w.post("/api/v1/auth/oidc/corp/device/token", {"ticket": begun["ticket"]})
    assert answer.status_code == 401
    w.clock.advance(601)
    answer = await w.post("/api/v1/auth/oidc/corp/device/token", {"ticket": begun["ticket"]})
    assert answer.status_code == 401
    assert await w.refusals() == ["CODE_REFUSED", "STATE_EXPIRED"]


@pytest.mark.parametrize(
    "change",
    [
        {"verification_uri": "javascript:alert(1)"},
        {"user_code": ""},
        {"user_code": "\x1b[2J"},
        {"device_code": 7},
        {"verification_uri_complete": "file:///etc/passwd"},
    ],
    ids=str,
)
async def test_a_device_flow_that_is_none(w: World, liar: HostileIssuer, change: dict[str, Any]) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.documents["/device"] = {
        "device_code": "d",
        "user_code": "ABCD",
        "verification_uri": f"{liar.issuer}/go",
        "expires_in": 600,
        **change,
    }
    assert (await w.post("/api/v1/auth/oidc/corp/device", {})).status_code == 503


# Signing out.


LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


async def logout(w: World, liar: HostileIssuer, **claims: Any) -> httpx.Response:
    now = w.clock.now() // 1_000_000
    honest = {
        "iss": liar.issuer,
        "aud": "corp",
        "iat": now,
        "exp": now + 120,
        "jti": "j-1",
        "sub": "ada",
        "events": {LOGOUT: {}},
    }
    told = {key: value for key, value in {**honest, **claims}.items() if value is not None}
    header = {"alg": "RS256", "kid": "k1", "typ": "logout+jwt"}
    token = liar.sign(header, told)
    return await w.post("/api/v1/auth/oidc/corp/backchannel-logout", data={"logout_token": token})


async def live(w: World) -> int:
    [(count,)] = await w.rows("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL")
    return int(count)


async def test_a_logout_token_ends_sessions_once(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = {"sid": "s-1"}
    await liar.sign_in(w)
    liar.claims = {"sid": "s-2"}
    await liar.sign_in(w)
    assert await live(w) == 2
    answer = await logout(w, liar, sub=None, sid="s-1")
    assert (answer.status_code, answer.json()["data"]["ended"]) == (200, 1)
    assert await live(w) == 1
    assert (await logout(w, liar)).status_code == 400
    assert await w.refusals() == ["LOGOUT_TOKEN_USED"]
    answer = await logout(w, liar, jti="j-2", sub="bob")
    assert (answer.status_code, answer.json()["data"]["ended"]) == (200, 0)
    answer = await logout(w, liar, jti="j-3", exp=None)
    assert (answer.status_code, await live(w)) == (200, 0)


async def test_a_command_line_that_the_browser_let_in_ends_with_it(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    liar.claims = {"sid": "s-1"}
    await liar.sign_in(w)
    [(session_id, user_id)] = await w.rows("SELECT id, user_id FROM sessions")
    verifier, grants = "v" * 43, w.people.sign_in.cli_grants
    browser = Actor("user", user_id, "ada", session_id=session_id, user_id=user_id)
    grant = await grants.issue(browser, CliGrantRequest(challenge_of(verifier), 1234))
    [code] = parse_qs(urlsplit(grant.redirect).query)["code"]
    made = await grants.exchange(ANONYMOUS, CliExchangeRequest(code, verifier), "nimbus/1")
    sealed = await w.rows("SELECT sealed_id_token FROM single_sign_on_sessions ORDER BY session_id")
    assert len(set(sealed)) == 2
    answer = await logout(w, liar, sub=None, sid="s-1")
    assert (answer.json()["data"]["ended"], await live(w)) == (2, 0)
    assert made.session_id != session_id


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "n"},
        {"events": None},
        {"events": {}},
        {"events": {LOGOUT: 1}},
        {"jti": None},
        {"jti": ""},
        {"sub": None},
        {"sub": 7},
        {"iss": "x"},
        {"aud": "x"},
        {"iat": None},
        {"iat": 1},
        {"exp": 1},
        {"iat": 10_000_000_000},
    ],
    ids=str,
)
async def test_a_logout_token_that_is_wrong(w: World, liar: HostileIssuer, claims: dict[str, Any]) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    await liar.sign_in(w)
    answer = await logout(w, liar, **claims)
    assert (answer.status_code, await live(w)) == (400, 1), answer.text
    assert await w.refusals() == ["LOGOUT_TOKEN_INVALID"]


async def test_an_id_token_is_no_logout_token(w: World, liar: HostileIssuer) -> None:
    await w.add_provider(liar)  # type: ignore[arg-type]
    await liar.sign_in(w)
    path = "/api/v1/auth/oidc/corp/backchannel-logout"
    assert (await w.post(path, data={"logout_token": liar.id_token()})).status_code == 400
    assert (await w.post(path, data={"x": "y"})).status_code == 422
    assert (await w.post(path, {"logout_token": "x"})).status_code == 422
    assert (await w.post(path, content=b"\xff")).status_code == 400
    liar.sign = _unsigned
    assert (await logout(w, liar)).status_code == 400
    assert await live(w) == 1
