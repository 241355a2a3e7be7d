"""Addresses and messages: nothing that a caller writes ends a header, and look-alikes are seen to differ."""

from __future__ import annotations

import email
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.correspondence.mail.addresses import check_address
from nimbus.correspondence.mail.message import composed, simple_html
from nimbus.correspondence.mail.records import Content, MailSettings, MailSettingsRequest
from nimbus.correspondence.mail.rules import LONGEST_DELAY_S, checked, delay_after
from nimbus.kernel.errors import ValidationError
from nimbus.kernel.hosts import check_host


def make(**fields: Any) -> bytes:
    values: dict[str, Any] = {
        "mail_id": "m-1",
        "sender": "nimbus@example.com",
        "sender_name": "Nimbus",
        "recipient": "ada@example.org",
        "subject": "Hello",
        "content": Content("text\n", "<p>text</p>"),
        "at": 1_700_000_000_000_000,
        **fields,
    }
    return composed(**values)


def test_headers_and_parts() -> None:
    raw = make(subject="Grüße aus Zürich " + "x" * 150, sender_name='Ops "Team" <x@y.z>')
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    got: Any = email.message_from_bytes(raw, policy=default)
    assert got["Subject"].startswith("Grüße aus Zürich")
    assert got["From"].addresses[0].addr_spec == "nimbus@example.com"
    assert got["From"].addresses[0].display_name == 'Ops "Team" <x@y.z>'
    assert got["Message-ID"] == "<m-1@example.com>"
    assert got["Date"].datetime.timestamp() == 1_700_000_000
    assert got["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]


EVIL = ["a\r\nBcc: x@evil.example", "a\nb", "a\rb", "a\x00b", "a\u2028b", "a\x85b", "a\u202eb", "a\x0bb"]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["sender", "sender_name", "recipient", "subject"])
def test_nothing_ends_a_header(field: str, evil: str) -> None:
    for value in (evil, f"ada@example.org{evil[1:]}", f"{evil}@example.org", f"ada@{evil}.org"):
        with pytest.raises(ValidationError):
            make(**{field: value})


@given(st.text(), st.text())
def test_whatever_is_written_the_headers_are_ours(subject: str, name: str) -> None:
    try:
        raw = make(subject=subject, sender_name=name)
    except ValidationError:
        return
    got: Any = email.message_from_bytes(raw, policy=default)
    assert sorted(set(got.keys())) == sorted(
        {
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "MIME-Version",
            "Content-Type",
        }
    )
    assert got["To"] == "ada@example.org"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.Lovelace+x@EXAMPLE.org", "ada.lovelace+x@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        # A Cyrillic a: not the domain that it looks like.
        ("ada@ex\u0430mple.org", "ada@xn--exmple-4nf.org"),
        ("ada@ab--cd.example", "ada@ab--cd.example"),
    ],
)
def test_addresses(typed: str, wanted: str) -> None:
    assert check_address(typed) == wanted
    assert check_address(wanted) == wanted


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "a b@example.org",
        '"a b"@example.org',
        "\u0430da@example.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@example.org.",
        ".ada@example.org",
        "ada@[127.0.0.1]",
        "ada@exa_mple.org",
        "x" * 65 + "@example.org",
        "ada@" + "x" * 64 + ".org",
        "ada@" + "x." * 130 + "org",
        "ada@example.org,eve@example.org",
        "<ada@example.org>",
        "ada@ex ample.org",
        "ada@\u202eexample.org",
        "a@b@example.org",
        "ada@" + "ü" * 600 + ".org",
        "ada@example.org\n",
    ],
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ValidationError, match="email"):
        check_address(typed)


@given(st.text(max_size=80))
def test_an_address_is_safe_ascii_or_none(typed: str) -> None:
    try:
        found = check_address(typed)
    except ValidationError:
        return
    assert found.isascii()
    assert found.isprintable()
    assert " " not in found
    assert check_address(found) == found


def test_hosts() -> None:
    assert check_host("Mail.Example.ORG") == "mail.example.org"
    assert check_host("127.0.0.1") == "127.0.0.1"
    assert check_host("[::1]") == "::1"
    assert check_host("bücher.example") == "xn--bcher-kva.example"
    for wrong in ("", "a b", "a/b", "a:25", "-a", "a\r\nb", "x" * 300):
        with pytest.raises(ValidationError, match="host"):
            check_host(wrong)


def test_delays_double_up_to_an_hour() -> None:
    seconds = [delay_after(attempts) / 1e6 for attempts in range(1, 40)]
    assert seconds[:4] == [30, 60, 120, 240]
    assert seconds[-1] == LONGEST_DELAY_S


def test_html_is_escaped() -> None:
    made = simple_html(["<script>alert(1)</script> & more", "b"], 'https://h/"><x', "<b>")
    assert "<script>" not in made
    assert '"><x' not in made


PRESENT = MailSettings(
    enabled=False,
    host="",
    port=587,
    security="starttls",
    username="",
    sealed_password="",
    from_address="",
    from_name="",
    ca_pem="",
    timeout_s=15.0,
    updated_at=0,
    revision=1,
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "a b"),
        ("port", 0),
        ("port", 65536),
        ("timeout", 0.5),
        ("timeout", 61.0),
        ("timeout", float("nan")),
        ("security", "none"),
        ("username", "a\r\nb"),
        ("username", "ü"),
        ("password", "x\ny"),
        ("password", "alone"),
        ("from_address", "nobody"),
        ("from_name", "a\r\nBcc: x@y.z"),
        ("ca_pem", "rubbish"),
        ("ca_pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("ca_pem", "x" * 70_000),
    ],
)
def test_settings_that_are_wrong(field: str, value: Any) -> None:
    values = {"host": "mail.example.org", "from_address": "nimbus@example.org", field: value}
    named = "username" if value == "alone" else field
    with pytest.raises(ValidationError, match=named):
        checked(MailSettingsRequest(**values), PRESENT, 1)


def test_settings_that_are_right() -> None:
    request = MailSettingsRequest(host="::1", security="none", from_address="Nimbus@Bücher.example")
    made = checked(request, PRESENT, 7)
    assert (made.host, made.from_address, made.revision, made.updated_at) == (
        "::1",
        "nimbus@xn--bcher-kva.example",
        2,
        7,
    )
