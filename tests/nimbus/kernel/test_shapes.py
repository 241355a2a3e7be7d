"""What the API's description says of a field is what its check does."""

from __future__ import annotations

import re
import unicodedata

import msgspec
import pytest

from nimbus.kernel import shapes
from nimbus.kernel.durations import Durations, whole_numbers


def pattern_of(meta: msgspec.Meta) -> re.Pattern[str]:
    assert meta.extra_json_schema is not None
    return re.compile(meta.extra_json_schema["pattern"])


def test_a_line_is_of_what_python_calls_printable() -> None:
    """But for what this Python's Unicode does not know: that is nobody's control character."""
    said = pattern_of(shapes.line(1))
    for number in range(0x110000):
        letter = chr(number)
        category = unicodedata.category(letter)
        if category not in ("Cn", "Cs"):
            assert bool(said.fullmatch(letter)) == letter.isprintable(), f"{number:x} {category}"


@pytest.mark.parametrize(
    ("text", "fits"),
    [("", False), (" ", False), ("x", True), ("a b", True), ("abcde", False), ("a\n", False)],
)
def test_a_line_that_is_wanted(text: str, fits: bool) -> None:
    assert shapes.is_line(text, 4, blank=False) == fits


@pytest.mark.parametrize(("least", "most"), [(0, 0), (1, 7), (0, 87_840), (60, 99), (995, 1005), (7, 1234)])
def test_the_pattern_of_whole_numbers_takes_these_alone(least: int, most: int) -> None:
    pattern = re.compile(whole_numbers(least, most))
    for number in (*range(2000), most - 1, most, most + 1, most * 10):
        assert bool(pattern.fullmatch(str(number))) == (least <= number <= most)
    assert not pattern.fullmatch(f"0{most}")


def test_a_duration_is_bounded_by_its_pattern() -> None:
    week = Durations(1, 7 * 86400)
    assert [week.seconds(text) for text in ("1s", "10m", "168h", "7d")] == [1, 600, 604_800, 604_800]
    for text in ("", "0s", "169h", "8d", "07d", "7", "d", "1.5h", "-1m", "1w", " 1m", "1m\n", "٧d"):
        assert week.seconds(text) is None, text


@pytest.mark.parametrize("body", [{"user": "a"}, {"user": "a", "group": ""}, {"group": "b", "key": ""}])
def test_one_of_several_fields(body: dict[str, str]) -> None:
    wanted = shapes.one_of("user", "group", "key")["oneOf"]
    given = [name for name in body if body[name]]
    assert [each["required"] for each in wanted if each["required"][0] in given] == [given]
