"""What is masked, and how times and cells are read and written."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.kernel.clock import to_rfc3339
from nimbus.kernel.csv_text import csv_text
from nimbus.records.audit.moments import from_rfc3339
from nimbus.records.audit.rules import MASK, difference, masked, names_a_secret

SECRET = [
    "password",
    "Password",
    "PASSWORD",
    "passwd",
    "user_passwd",
    "passphrase",
    "new_password",
    "pwd",
    "secret",
    "secret_key",
    "clientSecret",
    "client-secret",
    "CLIENTSECRET",
    "join_token",
    "joinToken",
    "token",
    "refreshTokens",
    "private",
    "PRIVATE_KEY",
    "privateKey",
    "privatekey",
    "credentials",
    "credential",
    "api_key",
    "apikey",
    "X-API-Key",
    "authorization",
    "Authorization",
    "Proxy-Authorization",
    "cookie",
    "Set-Cookie",
    "otp",
    "otp_secret",
    "totp",
    "recovery_codes",
    "recoveryCodes",
    "backup_codes",
    "session_key",
    "preshared_key",
    "bearer",
    "jwt",
    "HTTPAuthorization",
    "sealed_secret",
    "pAsSwOrD",
    "token_url",
    "secret_value",
    "signature",
]
HARMLESS = [
    "token_id",
    "secret_name",
    "key_id",
    "secretName",
    "tokenId",
    "password_updated_at",
    "token_count",
    "token_type",
    "api_key_id",
    "credential_ids",
    "name",
    "id",
    "key",
    "access_key",
    "public_key",
    "keys",
    "codes",
    "code",
    "state",
    "labels",
    "",
    "session_id",
    "author",
    "cook",
    "secret_version",
    "opinion",
    "spinning",
    "seeds_used",
    "password_required",
    "shipping",
    "mesh_key",
]


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_names_that_are_about_secrets_or_none(name: str) -> None:
    assert not names_a_secret(name)


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
places = st.recursive(
    st.just(None),
    lambda inner: st.tuples(st.sampled_from(["dict", "list", "tuple", "set-like"]), inner, plain),
    max_leaves=8,
)


def buried(place: Any, value: Any) -> Any:
    """`value` somewhere inside, among other things."""
    if place is None:
        return value
    kind, inner, other = place
    deeper = buried(inner, value)
    if kind == "dict":
        return {"a": other, "inner": deeper, 3: other}
    return [other, deeper] if kind == "list" else (deeper, other)


@given(
    st.sampled_from(SECRET),
    places,
    places,
    st.sampled_from(["hush-hush", ["hush-hush"], {"a": "hush-hush"}, b"hush"]),
)
def test_a_secret_is_masked_wherever_it_is(name: str, outer: Any, inner: Any, secret: Any) -> None:
    value = buried(outer, {name: buried(inner, secret)})
    for change in (difference({"x": value}, {}), difference({}, {"x": value}), difference({}, {name: value})):
        text = msgspec.json.encode(change).decode()
        assert "hush" not in text
        assert MASK in text


@given(st.sampled_from(HARMLESS), places)
def test_what_is_none_is_told(name: str, outer: Any) -> None:
    change = difference({}, {"x": buried(outer, {name: "plain-text"})})
    assert "plain-text" in msgspec.json.encode(change).decode()


@given(st.sampled_from(SECRET))
def test_headers_and_variables_as_pairs(name: str) -> None:
    for key in ("name", "key"):
        change = masked("environment", [{key: name, "value": "hush"}, {key: "PATH", "value": "/bin"}])
        assert change == [{key: name, "value": MASK}, {key: "PATH", "value": "/bin"}]


def test_that_there_is_no_secret_is_no_secret() -> None:
    assert masked("password", None) is None
    assert masked("password", "") == ""
    assert masked("totp", True) is True
    assert masked("password", 0) == MASK


def test_whatever_is_nested_without_end_ends() -> None:
    value: Any = "hush"
    for _ in range(500):
        value = [value]
    assert MASK in msgspec.json.encode(masked("", value)).decode()


def test_structs_are_looked_into() -> None:
    class Login(msgspec.Struct):
        user: str
        password: str

    assert masked("login", Login("ann", "hush")) == {"user": "ann", "password": MASK}
    assert masked("tags", frozenset({"b", "a"})) == ["a", "b"]


@given(st.integers(min_value=0, max_value=253402300799_999999))
def test_times_of_our_own_are_read_back(moment: int) -> None:
    assert from_rfc3339(to_rfc3339(moment)) == moment


@given(st.datetimes(min_value=datetime.datetime(1971, 1, 1), timezones=st.timezones()))
def test_times_with_an_offset(moment: datetime.datetime) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    rounded = datetime.timezone(datetime.timedelta(minutes=round(offset.total_seconds() / 60)))
    shifted = moment.replace(tzinfo=rounded)
    text = shifted.isoformat(timespec="microseconds")
    utc = shifted.astimezone(datetime.UTC)
    assert to_rfc3339(from_rfc3339(text)) == utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "2026",
        "2026-01-31",
        "2026-01-31T12:00",
        "2026-01-31T12:00:00",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T12:00:00+99:99",
        "20260131T120000Z",
        "2026-01-31T12:00:00Z ",
        "2026-W05-6T12:00:00Z",
        "٢٠٢٦-01-31T12:00:00Z",
        "0000-00-00T00:00:00Z",
        "2026-01-31T12:00:00.1234567890Z",
        "9999-12-31T23:59:59-99:00",
        "-2026-01-31T12:00:00Z",
        "now",
        "1e9",
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        from_rfc3339(text)


@given(st.lists(st.lists(st.text() | st.integers() | st.none(), min_size=2, max_size=4), max_size=5))
def test_csv_is_read_back_and_is_never_a_formula(rows: list[list[Any]]) -> None:
    read = list(csv.reader(io.StringIO(csv_text(rows), newline="")))
    assert len(read) == len(rows)
    for row, cells in zip(rows, read, strict=True):
        for value, cell in zip(row, cells, strict=True):
            text = "" if value is None else str(value)
            assert cell in (text, "'" + text)
            if not isinstance(value, int):
                assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_formulas_are_defused(text: str) -> None:
    [[cell]] = csv.reader(io.StringIO(csv_text([[text]]), newline=""))
    assert cell == "'" + text
    assert csv_text([[-5]]) == "-5\r\n"
