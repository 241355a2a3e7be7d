"""Pure decisions: addresses, claims, names, signatures."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from nimbus.kernel.errors import ValidationError
from nimbus.people.identity.proof_key import answers, challenge_of
from nimbus.people.single_sign_on.addresses import (
    check_cli_redirect,
    check_issuer,
    check_return_path,
    may_fetch,
    with_query,
)
from nimbus.people.single_sign_on.claims import (
    check_id_token,
    claim_at,
    groups_in,
    half_hash,
    person,
    username_for,
)
from nimbus.people.single_sign_on.metadata import client_authentication, discovery_addresses
from nimbus.people.single_sign_on.provider import basic
from nimbus.people.single_sign_on.records import ExternalPerson
from nimbus.people.single_sign_on.refusals import ProviderFailed
from nimbus.people.single_sign_on.signatures import ALGORITHMS, BadToken, UnknownKey, header_of, verify
from tests.kit.openid_provider import signing_key

OURS = "https://cloud.example.org:8443"


@given(st.text(alphabet="/\\ab.:@%#?\t\n\r é-", max_size=12) | st.text(max_size=20))
def test_what_is_taken_as_a_path_stays_here(path: str) -> None:
    try:
        taken = check_return_path(path)
    except ValidationError:
        return
    # As a browser reads it: backslashes are slashes, tabs and line ends are nothing.
    seen = taken.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert urlsplit(urljoin(OURS + "/x/y", seen)).netloc == urlsplit(OURS).netloc


@pytest.mark.parametrize("path", ["/", "/nodes", "/nodes?x=1&y=//z", "/a/../b", "/a%2f%2fb", "/#top"])
def test_paths_that_are_taken(path: str) -> None:
    assert check_return_path(path) == path


@pytest.mark.parametrize(
    ("issuer", "good"),
    [
        ("https://accounts.example.com", True),
        ("https://login.example.com/tenant/v2.0", True),
        ("http://127.0.0.1:3000", True),
        ("http://localhost:3000/x", True),
        ("http://[::1]:3000", True),
        ("http://accounts.example.com", False),
        ("https://a?x=1", False),
        ("https://a#x", False),
        ("https://user@a", False),
        ("https://", False),
        ("ftp://a", False),
        ("", False),
        ("https://a b", False),
        ("https://a:port", False),
        ("HTTPS//a", False),
        ("https://a\n", False),
        ("https://é.example", False),
    ],
)
def test_issuers(issuer: str, good: bool) -> None:
    if good:
        assert check_issuer(issuer) == issuer
        return
    with pytest.raises(ValidationError):
        check_issuer(issuer)


@pytest.mark.parametrize(
    ("issuer", "url", "good"),
    [
        ("https://a", "https://b/token", True),
        ("https://a", "http://b/token", False),
        ("https://a", "http://127.0.0.1/token", False),
        ("http://127.0.0.1:1", "http://127.0.0.1:2/token", True),
        ("http://127.0.0.1:1", "http://169.254.169.254/", False),
        ("http://127.0.0.1:1", "https://b/", True),
        ("https://a", "file:///etc/passwd", False),
    ],
)
def test_where_discovery_may_point(issuer: str, url: str, good: bool) -> None:
    assert may_fetch(issuer, url) is good


@given(st.text(max_size=40))
def test_a_command_line_is_always_on_loopback(uri: str) -> None:
    for candidate in (uri, f"http://{uri}", f"http://127.0.0.1:80{uri}"):
        try:
            taken = urlsplit(check_cli_redirect(candidate))
        except ValidationError:
            continue
        assert taken.hostname in ("127.0.0.1", "::1")
        assert taken.port


def test_the_challenge_of_rfc_7636() -> None:
    """Appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert answers(verifier, challenge_of(verifier))
    assert not answers(verifier[:-1], challenge_of(verifier))
    assert not answers("short", challenge_of("short"))


def test_a_query_is_added_to_what_is_there() -> None:
    assert with_query("https://a/b", x="1 &") == "https://a/b?x=1+%26"
    assert with_query("https://a/b?c=d", x="é") == "https://a/b?c=d&x=%C3%A9"


def test_where_discovery_is() -> None:
    assert discovery_addresses("https://a/t/") == (
        "https://a/t/.well-known/openid-configuration",
        "https://a/.well-known/oauth-authorization-server/t",
    )


def test_client_authentication() -> None:
    assert client_authentication((), has_secret=False) == "none"
    both = ("private_key_jwt", "client_secret_post", "client_secret_basic")
    assert client_authentication(both, has_secret=True) == "client_secret_basic"
    assert client_authentication(both[:2], has_secret=True) == "client_secret_post"
    with pytest.raises(ProviderFailed):
        client_authentication(both[:1], has_secret=True)
    assert basic("a:b", "c d") == "Basic YSUzQWI6YyUyMGQ="


# Claims.


def test_at_hash_of_the_specification() -> None:
    """OpenID Connect Core appendix A.3 has this token and this hash (RS256)."""
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert half_hash(token, "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
NAMES = ("iss", "aud", "azp", "exp", "iat", "nbf", "sub", "nonce", "at_hash")


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_claims_of_any_type_are_refused_in_one_way(claims: dict[str, Any]) -> None:
    """Never an error of ours; and never believed without all that must be there."""
    try:
        check_id_token(claims, issuer="i", client_id="c", now_s=1e9, nonce="n", access_token="t", alg="RS256")
    except BadToken:
        return
    assert claims["iss"] == "i"
    assert claims["nonce"] == "n"


def test_claims_by_path() -> None:
    claims = {"a": {"b": ["x", 1, "", "y"]}, "https://x.example/groups": "one", "a.b": 7, "n": None}
    assert claim_at(claims, "a.b") == 7
    assert groups_in({"a": {"b": ["x", 1, "", "y"]}}, "a.b") == {"x", "y"}
    assert groups_in(claims, "https://x.example/groups") == {"one"}
    assert groups_in(claims, "a.b.c") == groups_in(claims, "") == groups_in(claims, "n.m") == frozenset()


@given(
    st.dictionaries(
        st.sampled_from(("email", "name", "nickname", "sid", "groups", "email_verified", "amr")), JSON
    )
)
def test_a_person_of_any_claims(claims: dict[str, Any]) -> None:
    found = person({"iss": "i", "sub": "s", **claims}, groups_claim="groups", username_claim="nickname")
    assert (found.issuer, found.subject) == ("i", "s")
    assert found.email_verified is (
        claims.get("email_verified") is True or claims.get("email_verified") == "true"
    )
    amr = claims.get("amr")
    assert found.second_factor is ("mfa" in amr[:1000] if isinstance(amr, list) else amr == "mfa")


@pytest.mark.parametrize(
    ("amr", "shown"), [(["pwd", "mfa"], True), (["pwd"], False), (None, False), ({"mfa": 1}, False)]
)
def test_a_second_factor_is_what_the_provider_says(amr: Any, shown: bool) -> None:
    claims = {"iss": "i", "sub": "s", "amr": amr}
    assert person(claims, groups_claim="groups", username_claim="nickname").second_factor is shown


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_a_user_name_is_always_one(username: str, email: str, name: str) -> None:
    from nimbus.people.identity.rules import RESERVED, check_username

    made = username_for(
        ExternalPerson(issuer="i", subject="s", username=username, email=email, display_name=name)
    )
    if made not in RESERVED:
        assert check_username(made) == made
    assert check_username(f"{made}-100") == f"{made}-100"


# Signatures.


def _signed(alg: str, kid: str = "k") -> tuple[str, dict[str, Any]]:
    key = signing_key(kid, alg)
    token = jwt.encode({"sub": "s"}, jwt.PyJWK(key).key, algorithm=alg, headers={"kid": kid})
    public = {name: value for name, value in key.items() if name not in ("d", "p", "q", "dp", "dq", "qi")}
    return token, public


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA", "PS256"])
def test_signatures_of_each_kind(alg: str) -> None:
    token, public = _signed(alg)
    assert verify(token, [public]).claims == {"sub": "s"}
    head, body, signature = token.split(".")
    other = "A" if signature[10] != "A" else "B"
    with pytest.raises(BadToken):
        verify(f"{head}.{body}.{signature[:10]}{other}{signature[11:]}", [public])
    with pytest.raises(UnknownKey):
        verify(token, [])
    with pytest.raises(UnknownKey):
        verify(token, [{**public, "kty": "oct", "k": "AAAA"}])


def test_algorithms_that_are_taken() -> None:
    assert not any(alg == "none" or alg.startswith("HS") for alg in ALGORITHMS)


def test_a_short_key_signs_nothing() -> None:
    private = rsa.generate_private_key(65537, 1024)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    with pytest.warns(Warning, match="bits"):
        token = jwt.encode({"sub": "s"}, private, algorithm="RS256", headers={"kid": "k"})
    public.pop("key_ops", None)
    with pytest.raises(BadToken):
        verify(token, [{**public, "kid": "k"}])


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABC0123-_.={}é\0", max_size=60))
def test_no_text_is_a_token_by_accident(text: str) -> None:
    with pytest.raises(BadToken):
        header_of(text)
