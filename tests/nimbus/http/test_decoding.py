from __future__ import annotations

import importlib
import json
import pkgutil
import re
from enum import StrEnum
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nimbus
from nimbus.http import errors
from nimbus.http.decoding import MAX_DEPTH, Malformed, decode_body, decode_query, single_values
from nimbus.http.envelope import encode_answer
from nimbus.http.errors import envelope, status_of
from nimbus.kernel.errors import ValidationError
from nimbus.kernel.routing import Answer, Page, PageQuery
from nimbus.people.roles.records import CanQuery
from nimbus.protocol.errors import NimbusError


class Body(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    inner: Any = None
    count: list[int] = []


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_body_or_a_known_error(body: bytes) -> None:
    refused = ""
    try:
        decode_body(body, Body)
    except (Malformed, ValidationError) as error:
        refused = error.line()
    assert "\n" not in refused


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return ('{"inner":' + opening * depth + closing * depth + "}").encode()


def test_depth_is_bounded_and_brackets_in_strings_do_not_count() -> None:
    decode_body(nested(MAX_DEPTH - 1), Body)
    for body in (nested(MAX_DEPTH), nested(100_000), b'{"inner":' + b'{"a":' * 200 + b"1" + b"}" * 201):
        with pytest.raises(Malformed, match="nested"):
            decode_body(body, Body)
    text = json.dumps({"name": '[[{"\\' * 500}).encode()
    assert decode_body(text, Body) == Body(name='[[{"\\' * 500)
    wide = json.dumps({"inner": [[]] * 500}).encode()
    assert decode_body(wide, Body).inner == [[]] * 500  # type: ignore[attr-defined]


@given(st.integers(0, 80), st.text(alphabet='[]{}"\\a', max_size=30))
def test_depth_against_a_model(depth: int, text: str) -> None:
    value: Any = text
    for _ in range(depth):
        value = [value]
    body = json.dumps({"inner": value}).encode()
    padded = json.dumps({"count": [], "name": "[" * 70, "inner": value}).encode()
    for candidate in (body, padded):
        if depth + 1 > MAX_DEPTH:
            with pytest.raises(Malformed):
                decode_body(candidate, Body)
        else:
            assert decode_body(candidate, Body).inner == value  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"name":1}', "name"),
        (b'{"count":[1,"x"]}', "count[1]"),
        (b'{"nmae":""}', "nmae"),
        (b"3", "body"),
        (b"null", "body"),
    ],
)
def test_an_error_names_its_field(body: bytes, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        decode_body(body, Body)
    assert [detail["field"] for detail in caught.value.details] == [field]


def test_queries() -> None:
    assert decode_query({"page": "3"}, PageQuery) == PageQuery(page=3)
    for wrong in (
        {"page": "x"},
        {"page": ""},
        {"page": "1.5"},
        {"paeg": "1"},
        {"per_page": "0"},
        {"page": "٣x"},
    ):
        with pytest.raises(ValidationError):
            decode_query(wrong, PageQuery)


def subclasses(kind: type[NimbusError]) -> list[type[NimbusError]]:
    return [kind, *(deeper for sub in kind.__subclasses__() for deeper in subclasses(sub))]


def test_every_error_of_the_api_has_a_status() -> None:
    """What a client did is never a 5xx: each error class of a slice that a request can meet is in the map."""
    for module in pkgutil.walk_packages(nimbus.__path__, "nimbus."):
        if "__main__" not in module.name and not module.name.startswith(("nimbus.zipapp", "nimbus.cli.")):
            importlib.import_module(module.name)
    # Met at start-up or by the CLI, never by a request.
    elsewhere = {
        "FAILED",
        "USAGE",
        "VALUE_MISSING",
        "DIRECTORY_UNUSABLE",
        "DATA_DIRECTORY_BUSY",
        "DATABASE_TOO_NEW",
        "DATABASE_UNUSABLE",
        "DATABASE_OUTDATED",
        "PKI_UNUSABLE",
        "MASTER_KEY_UNUSABLE",
        "ADDRESS_IN_USE",
        "ANOTHER_AUTHORITY",
        "UNREACHABLE",
        "SERVICE_NOT_INSTALLED",
        "SYSTEM",
        "TLS_CONFIGURATION",
        # Closes a WebSocket.
        "FELL_BEHIND",
        # Why a step of a deployment failed.
        "EDGE_OBJECT_REFUSED",
    }
    codes = {
        kind.code
        for kind in subclasses(NimbusError)
        if kind.__module__.startswith("nimbus.") and ".wireguard" not in kind.__module__
    }
    assert {code for code in codes if code not in errors._STATUS} == elsewhere
    assert status_of(NimbusError("x")) == 500


def test_the_error_envelope() -> None:
    error = NimbusError("why", code="CONFLICT", next_step="do that", details=[{"field": "a", "message": "b"}])
    assert json.loads(envelope(error, "r1")) == {
        "error": {
            "code": "CONFLICT",
            "message": "why",
            "details": [{"field": "a", "message": "b"}],
            "next_step": "do that",
            "request_id": "r1",
        }
    }
    assert json.loads(envelope(NimbusError("why"))) == {
        "error": {"code": "FAILED", "message": "why", "details": []}
    }


@given(st.integers(1, 30), st.integers(1, 10), st.integers(0, 60))
def test_links_lead_through_every_page(page: int, per_page: int, total: int) -> None:
    links = json.loads(encode_answer(Answer([], page=Page(page, per_page, total)), "/p", {"q": "a&b"}))[
        "links"
    ]
    last = max(1, -(-total // per_page))
    assert (links["next"] is not None) is (page < last)
    assert (links["prev"] is not None) is (1 < page <= last + 1)
    assert links["self"] == f"/p?q=a%26b&page={page}"


class Sized(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    size: int | None = None
    inner: dict[str, int] = {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"size": 1, "size": 2}', "size"),
        (b'{"inner": {"a": 1, "a": 1}}', "a"),
        (b'{"na\\u006de": "x", "name": "y"}', "name"),
    ],
)
def test_of_two_fields_nobody_knows_which_is_meant(body: bytes, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        decode_body(body, Sized)
    assert [detail["field"] for detail in caught.value.details] == [field]
    assert decode_body(b'{"size": 1, "inner": {"size": 1, "name": 2}}', Sized) == Sized(
        size=1, inner={"size": 1, "name": 2}
    )


@pytest.mark.parametrize("word", ["null", "NULL", "Null"])
def test_the_word_null_is_no_value_of_a_parameter(word: str) -> None:
    with pytest.raises(ValidationError) as caught:
        decode_query({"size": word}, Sized)
    assert caught.value.details[0]["field"] == "size"
    assert decode_query({"name": word}, Sized) == Sized(name=word)


def test_a_parameter_is_given_once() -> None:
    assert single_values([("a", "1"), ("b", "1")]) == {"a": "1", "b": "1"}
    with pytest.raises(ValidationError):
        single_values([("a", "1"), ("b", "1"), ("a", "1")])


def test_messages_are_one_line_that_reads_from_left_to_right() -> None:
    wrong = ValidationError("a\r\nb \u202etxt.exe é", details=[{"field": "\x00", "message": "\t"}])
    text = errors.envelope(wrong)
    error = msgspec.json.decode(text)["error"]
    assert error["message"] == "a\\r\\nb \\u202etxt.exe é"
    assert error["details"] == [{"field": "\\x00", "message": "\\t"}]


class Colour(StrEnum):
    RED = "red"


class Inner(msgspec.Struct, rename={"from_": "from"}):
    from_: Literal["b", "a"] | None = None
    colours: dict[str, list[Colour]] = {}


class Outer(msgspec.Struct):
    rules: tuple[Inner, ...] = ()
    one: Inner | None = None


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"rules": [{}, {"from": "c"}]}, "rules[1].from", "a, b"),
        ({"one": {"from": "c"}}, "one.from", "a, b"),
        ({"one": {"colours": {"x.y": ["blue"]}}}, "one.colours[...][0]", "red"),
    ],
)
def test_a_word_that_a_field_does_not_take_is_answered_with_those_that_it_does(
    body: Any, field: str, words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        decode_body(json.dumps(body).encode(), Outer)
    told = refused.value.details[0]
    assert told["field"] == field
    assert re.fullmatch(rf"'\w+' is not one of {words}", told["message"])


def test_the_nearest_of_the_words_is_named() -> None:
    with pytest.raises(ValidationError) as refused:
        decode_body(b'{"permission": "agent:raed"}', CanQuery)
    assert refused.value.next_step == "Did you mean agent:read?"
    # All of them would be longer than a screen.
    assert re.fullmatch(r"'agent:raed' is not one of its \d\d values", refused.value.details[0]["message"])
    with pytest.raises(ValidationError) as refused:
        decode_body(b'{"permission": "nonsense"}', CanQuery)
    assert refused.value.next_step == ""
