"""Names, addresses and passwords: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.kernel.errors import ValidationError
from nimbus.people.identity.rules import (
    check_account,
    check_email,
    check_password,
    check_username,
    is_trivial,
    known_as,
    normalized,
)


@pytest.mark.parametrize("name", ["a", "Ada.Lovelace", "a_b-c.d", "9to5", "x" * 64])
def test_good_names_in_lower_case(name: str) -> None:
    assert check_username(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".a",
        "a.",
        "-a",
        "a b",
        "a/b",
        "../etc",
        "a\n",
        "me",
        "ME",
        "System",
        "x" * 65,
        "ada@example.org",
        # Look-alikes: Cyrillic a, Kelvin sign (lower case is an ASCII k), full-width a, dotless i.
        "аda",
        "\u212aai",
        "\uff41da",
        "adm\u0131n",
        "a\u200bb",
        "a\0",
        "11111111-1111-4111-8111-111111111111",
    ],
)
def test_bad_names(name: str) -> None:
    with pytest.raises(ValidationError):
        check_username(name)


@given(st.text(max_size=80))
def test_a_name_is_refused_or_ascii(name: str) -> None:
    try:
        found = check_username(name)
    except ValidationError:
        return
    assert found.isascii()
    assert known_as(name) == found == check_username(found)


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("", ""),
        ("Ada@Example.ORG", "ada@example.org"),
        ("a.b+c@mail.example.org", "a.b+c@mail.example.org"),
        ("o'brien@x.io", "o'brien@x.io"),
    ],
)
def test_good_addresses(email: str, stored: str) -> None:
    assert check_email(email) == stored


@pytest.mark.parametrize(
    "email",
    [
        "a",
        "@x.org",
        "a@",
        "a@b",
        "a@b..org",
        "a..b@x.org",
        ".a@x.org",
        "a.@x.org",
        "a@-x.org",
        "a b@x.org",
        "a@x.org\nBcc: all@x.org",
        "a@x.org\r",
        "a@x.org\n",
        "<a@x.org>",
        '"a b"@x.org',
        "a@x.org,b@x.org",
        "a@[127.0.0.1]",
        "x" * 65 + "@x.org",
        "a@" + "x" * 64 + ".org",
        "a@" + "x." * 130 + "org",
        "a@ex\u0430mple.org",
        "a\0@x.org",
        "\u212a@x.org",
    ],
)
def test_bad_addresses_and_header_injection(email: str) -> None:
    with pytest.raises(ValidationError):
        check_email(email)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "ünïcödé ist auch gut",
        "  spaces count  ",
        "0" * 11 + "x!yz",
        "日本語の長いパスワードです",
    ],
)
def test_good_passwords(password: str) -> None:
    check_password(password, "ada")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("elevenchars", "at least 12"),
        ("x" * 1025, "at most"),
        ("Password1234", "tried first"),
        ("adminadminadmin", "tried first"),
        ("aaaaaaaaaaaaaaaa", "tried first"),
        ("abcabcabcabcabc", "tried first"),
        ("0123456789012", "tried first"),
        ("zyxwvutsrqponm", "tried first"),
        ("qwertyuiopasdf", "tried first"),
        ("ada.lovelace", "user name"),
        ("Ada.Lovelace2026!", "user name"),
        ("ada.lovelaceada.lovelace", "user name"),
        ("has a zero \0 byte", "text"),
        ("has a surrogate \ud800", "text"),
    ],
)
def test_bad_passwords_and_none_is_quoted(password: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why) as caught:
        check_password(password, "ada.lovelace")
    assert password not in caught.value.line()


def test_the_least_length_is_a_setting() -> None:
    with pytest.raises(ValidationError, match="at least 20"):
        check_password("fifteen letters", "ada", min_length=20)


@given(st.text(min_size=1, max_size=4), st.integers(1, 10))
def test_the_same_again_and_again_is_trivial(unit: str, times: int) -> None:
    assert is_trivial(unit * times)


@given(st.text("acegikmoqsuwy", min_size=12, max_size=40))
def test_what_does_not_repeat_is_not_trivial(text: str) -> None:
    periodic = any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5))
    assert is_trivial(text) == periodic


def test_the_same_text_from_another_keyboard_is_the_same() -> None:
    assert normalized("u\u0308ber") == normalized("\u00fcber")


def test_all_fields_that_are_wrong_are_named() -> None:
    with pytest.raises(ValidationError) as refused:
        check_account("Bad Name!", "nowhere", "short", min_length=12)
    assert [detail["field"] for detail in refused.value.details] == ["username", "email", "password"]
    with pytest.raises(ValidationError) as refused:
        check_account("ada", "", "short", min_length=12)
    assert refused.value.message == "password: must have at least 12 characters"
    check_account("ada", "", "", min_length=12)
