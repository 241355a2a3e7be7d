from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.db.sealed_columns import Usage
from nimbus.kernel.errors import ValidationError
from nimbus.trust.secrets.records import MAX_VALUE_BYTES, MasterKeyState
from nimbus.trust.secrets.rules import checked_value, note_of, state_of, to_retire


@given(st.text(min_size=1, max_size=200))
def test_text_stays_as_it_is(value: str) -> None:
    assert checked_value(value, "text") == value


@given(st.binary(min_size=1, max_size=200))
def test_base64_stays_what_it_stands_for(value: bytes) -> None:
    assert base64.b64decode(checked_value(base64.b64encode(value).decode(), "base64")) == value


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        ("", "text"),
        ("", "base64"),
        ("\ud800", "text"),
        ("x" * (MAX_VALUE_BYTES + 1), "text"),
        ("é" * (MAX_VALUE_BYTES // 2 + 1), "text"),
        (base64.b64encode(b"x" * (MAX_VALUE_BYTES + 1)).decode(), "base64"),
        ("not base64!", "base64"),
        ("aGk", "base64"),
        ("aGk=\n", "base64"),
        ("aGk_", "base64"),
        ("é", "base64"),
    ],
)
def test_what_is_no_value_is_refused_and_not_quoted(value: str, encoding: str) -> None:
    with pytest.raises(ValidationError, match=r"^value: ") as raised:
        checked_value(value, encoding)  # type: ignore[arg-type]
    assert len(value) < 3 or value not in str(raised.value)


@pytest.mark.parametrize("encoding", ["text", "base64"])
def test_the_largest_value_is_taken(encoding: str) -> None:
    largest = b"x" * MAX_VALUE_BYTES
    value = largest.decode() if encoding == "text" else base64.b64encode(largest).decode()
    assert checked_value(value, encoding) == value  # type: ignore[arg-type]


KEYS = st.lists(st.sampled_from("abcde"), unique=True, min_size=1)


@given(KEYS, st.sets(st.sampled_from("abcde")), st.sets(st.sampled_from("abcde")), st.sampled_from("abcde"))
def test_no_key_retires_that_anything_needs(
    in_file: list[str], in_use: set[str], adopted: set[str], primary: str
) -> None:
    used = [Usage("t.c", key, 1) for key in in_use]
    gone = to_retire(in_file, primary, used, adopted)
    assert not set(gone) & (in_use | {primary, in_file[0]})
    assert set(gone) <= adopted & set(in_file)
    assert set(in_file[1:]) - set(gone) <= in_use | {primary} | (set("abcde") - adopted)


def test_states() -> None:
    assert state_of(0, 0, 0, (), True) is MasterKeyState.CURRENT
    assert state_of(1, 0, 0, ("a",), True) is MasterKeyState.REENCRYPTING
    assert state_of(2, 2, 0, (), True) is MasterKeyState.UNREADABLE
    assert state_of(0, 0, 1, (), True) is MasterKeyState.UNREADABLE
    assert state_of(0, 0, 0, ("a",), True) is MasterKeyState.RETIRING
    assert state_of(0, 0, 1, ("a",), False) is MasterKeyState.REMOVE_BY_HAND
    assert note_of(MasterKeyState.CURRENT, "/f", [], 0) == ""
    assert "line 2 of /f" in note_of(MasterKeyState.REMOVE_BY_HAND, "/f", [2], 0)
    assert "lines 2, 3 of /f" in note_of(MasterKeyState.REMOVE_BY_HAND, "/f", [2, 3], 0)
    assert "5 values" in note_of(MasterKeyState.CURRENT, "/f", [], 5)
