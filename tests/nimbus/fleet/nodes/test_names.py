from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.nodes.names import RESERVED_NAMES, check_name, name_from_hostname
from nimbus.kernel.errors import ValidationError
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import changed_labels, check_labels


@pytest.mark.parametrize("name", ["a", "Web-1", "9", "a" * 63, "a--b"])
def test_names(name: str) -> None:
    assert check_name(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        "a-",
        "a.b",
        "a_b",
        "a" * 64,
        "a b",
        "é",
        "a\n",
        "control-plane",
        "CONTROL-PLANE",
        "a/b",
        "İ",
        "\x1b[2J",
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        check_name(name)
    assert caught.value.details[0]["field"] == "name"
    assert "\n" not in caught.value.line()
    assert "\x1b" not in caught.value.line()


def test_a_name_that_reads_as_an_id_is_refused() -> None:
    """Names work wherever an id does: one that looks like an id could never be found by it."""
    with pytest.raises(ValidationError):
        check_name(new_id())


@given(
    st.text(max_size=100)
    | st.sampled_from(["Web_01.example.org", "control-plane", "-", "localhost.localdomain"])
)
def test_every_host_name_gives_a_valid_name(hostname: str) -> None:
    name = name_from_hostname(hostname)
    assert check_name(name) == name
    assert name not in RESERVED_NAMES


def test_the_nearest_name() -> None:
    assert name_from_hostname("Web_01.example.org") == "web-01"
    assert name_from_hostname("日本") == "node"


@pytest.mark.parametrize(
    "labels",
    [
        {"": "x"},
        {"a b": "x"},
        {"a" * 64: "x"},
        {"a": "x" * 64},
        {"a": "x y"},
        {"a": "é"},
        {"a": '"'},
        {"a": "x\n"},
        {str(number): "x" for number in range(65)},
    ],
)
def test_what_is_no_label(labels: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        check_labels(labels)


keys = st.from_regex(re.compile(r"[a-c]{1,2}"), fullmatch=True)


@given(st.dictionaries(keys, keys), st.dictionaries(keys, keys | st.none()))
def test_labels_are_laid_over_and_null_takes_away(
    present: dict[str, str], change: dict[str, str | None]
) -> None:
    wanted = dict(present)
    for key, value in change.items():
        if value is None:
            wanted.pop(key, None)
        else:
            wanted[key] = value
    assert changed_labels(present, change) == wanted
