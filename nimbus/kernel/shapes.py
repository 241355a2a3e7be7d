"""What a field takes, said in the API's description. Here it is only said: the check beside it shares the pattern
or the bound, and refuses in words of ours."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

# Not in a printable line: control and format characters, spaces that are not U+0020, line and paragraph separators,
# tags, what is for private use. By number rather than by `str.isprintable`: that also refuses what this Python's
# Unicode does not know yet, and no schema can say it. Above U+FFFF as they are: engines escape them differently.
_UNPRINTABLE = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u1680\u180e\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff0-\ufffb\ufffe-\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff"
)
_LINE = re.compile(f"[^{_UNPRINTABLE}]*")
PORT = (1, 65535)
# RFC 3339 section 5.6. Which days a month has, the format says.
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_FRACTION = "[0-9]{1,9}"
_ZONE = "[Zz]|[+-][0-9]{2}:[0-9]{2}"
MOMENT = re.compile(f"({_DAY})[Tt ]({_TIME})(?:\\.({_FRACTION}))?({_ZONE})")


def shaped(**schema: Any) -> msgspec.Meta:
    """Keywords of JSON Schema (2020-12)."""
    return msgspec.Meta(extra_json_schema=schema)


def matching(pattern: str | re.Pattern[str], *, empty: bool = False, **more: Any) -> msgspec.Meta:
    """As `re.fullmatch` takes it; `empty`: or nothing at all."""
    inner = pattern if isinstance(pattern, str) else pattern.pattern
    return shaped(pattern=f"^({inner}){'?' if empty else ''}$", **more)


def whole(least: int, most: int) -> msgspec.Meta:
    return shaped(minimum=least, maximum=most)


def whole_or_zero(least: int, most: int) -> msgspec.Meta:
    return shaped(anyOf=[{"const": 0}, {"minimum": least, "maximum": most}])


def line(most: int, *, blank: bool = True) -> msgspec.Meta:
    """One line of at most so many characters that can be shown anywhere. `blank`: or nothing; else there is more in
    it than spaces, which only the check says."""
    least = 0 if blank else 1
    return shaped(pattern=f"^[^{_UNPRINTABLE}]{{{least},{most}}}$", minLength=least, maxLength=most)


def is_line(text: str, most: int, *, blank: bool = True) -> bool:
    return len(text) <= most and _LINE.fullmatch(text) is not None and (blank or bool(text.strip()))


def one_of(*fields: str) -> dict[str, Any]:
    """A schema of a body: one of these fields is given, where "" and an empty list are as if they were left out."""

    def given(name: str) -> dict[str, Any]:
        return {"properties": {name: {"minLength": 1, "minItems": 1}}, "required": [name]}

    return {"oneOf": [given(name) for name in fields]}


def not_both(one: str, other: str) -> dict[str, Any]:
    """As `one_of`; none will do."""
    both = one_of(one)["oneOf"] + one_of(other)["oneOf"]
    return {"not": {"allOf": both}}


# There is a certificate in it, or nothing at all. Whether it can be read, no schema says.
PEM = r"^([\u0000-\u007f]*-----BEGIN CERTIFICATE-----[\u0000-\u007f]*)?$"
Moment = Annotated[str, matching(MOMENT, format="date-time")]
MomentOrNone = Annotated[str, matching(MOMENT, empty=True)]
