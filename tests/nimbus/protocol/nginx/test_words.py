"""Words of nginx's configuration: read as nginx reads them, written so that they stay what they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.protocol.nginx import words
from nimbus.protocol.nginx.tokens import Kind, NginxSyntaxError, tokens
from nimbus.protocol.nginx.words import Unwritable

printable = st.text(st.characters(codec="utf-8").filter(str.isprintable), max_size=40)
of_nginx = st.text(st.sampled_from(" \\\"'$;{}#ab_"), max_size=12)


def values(text: str) -> list[str]:
    return [token.value for token in tokens(text)]


@given(printable | of_nginx)
def test_a_word_stays_one_word_and_what_it_was(value: str) -> None:
    assert values(f"x {words.word(value)};") == ["x", value, ";"]


@given(printable | of_nginx)
def test_no_dollar_sign_is_left_that_is_not_ours(value: str) -> None:
    read = values(f"x {words.interpolated(value)};")
    assert read == ["x", value.replace("$", "${nimbus_dollar}"), ";"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("$host", '"${host}"'),
        ("${host}s", '"${host}s"'),
        ("$hosts", '"${nimbus_dollar}hosts"'),
        ("$$host", '"${nimbus_dollar}${host}"'),
        ("5$", '"5${nimbus_dollar}"'),
        ("${host", '"${nimbus_dollar}{host"'),
        ("", '""'),
    ],
)
def test_variables_of_the_list_stay(value: str, written: str) -> None:
    assert words.interpolated(value, {"host"}) == written


@pytest.mark.parametrize("value", ["a\nb", "a\r", "\0", "\x01", "\u202e", "a\u00a0b", "\ud800", "x" * 4097])
def test_what_cannot_stand_in_a_line_is_refused(value: str) -> None:
    with pytest.raises(Unwritable):
        words.word(value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a b;", ["a", "b", ";"]),
        ("a {b c;}", ["a", "{", "b", "c", ";", "}"]),
        ('a "b c";', ["a", "b c", ";"]),
        (r'a "b\"c\\";', ["a", 'b"c\\', ";"]),
        (r"a \.php$;", ["a", r"\.php$", ";"]),
        (r"a b\;c;", ["a", r"b\;c", ";"]),
        ("a ${b}c;", ["a", "${b}c", ";"]),
        ("a b}c;", ["a", "b}c", ";"]),
        ("a b#c; # d;\n e;", ["a", "b#c", ";", "e", ";"]),
        ('a b"c d"; ', ["a", 'b"c', 'd"', ";"]),
        ('if ($a = "b") {', ["if", "($a", "=", "b", ")", "{"]),
    ],
)
def test_words_are_read_as_nginx_reads_them(text: str, read: list[str]) -> None:
    assert values(text) == read


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('a\n"b', 2, "in double quotes"),
        ("a 'b", 1, "in single quotes"),
        ("a b", 1, "in a word"),
        ('a\n\n"b"c;', 3, "'c' directly after a quoted word"),
    ],
)
def test_what_nginx_would_not_read_says_the_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(NginxSyntaxError) as caught:
        tokens(text)
    assert caught.value.line == line
    assert reason in caught.value.reason


def test_each_word_knows_its_place() -> None:
    text = 'a\n  "b c" {'
    assert [(token.line, text[token.start : token.end]) for token in tokens(text)] == [
        (1, "a"),
        (2, '"b c"'),
        (2, "{"),
    ]
    assert tokens(text)[-1].kind is Kind.OPEN
