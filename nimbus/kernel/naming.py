"""Names and labels (tags) of resources: one grammar for all."""

from __future__ import annotations

import re
from typing import Annotated

from nimbus.kernel.errors import invalid
from nimbus.kernel.ids import is_id
from nimbus.kernel.shapes import is_line, line, matching, shaped

# RFC 1123 section 2.1: one label of a host name. ASCII only, so that no two names look alike.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LABEL_KEY = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_LABEL_FILTER = re.compile(r"[^,=]*=[^,]*(,[^,=]*=[^,]*)*")
MAX_LABELS = 64
MAX_TEXT = 500

Name = Annotated[str, matching(_NAME)]
NameOrNone = Annotated[str, matching(_NAME, empty=True)]
Line = Annotated[str, line(MAX_TEXT)]
_Key = Annotated[str, matching(_LABEL_KEY)]
_Value = Annotated[str, matching(_LABEL_VALUE)]
Labels = Annotated[dict[_Key, _Value], shaped(maxProperties=MAX_LABELS)]
LabelChanges = dict[_Key, _Value | None]
LabelFilter = Annotated[str, matching(_LABEL_FILTER)]
LabelFilterOrNone = Annotated[str, matching(_LABEL_FILTER, empty=True)]


def is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text)) and text == text.lower() and not is_id(text)


def check_name(name: str, *, field: str = "name", reserved: frozenset[str] = frozenset()) -> str:
    """The name in lower case. Raises ValidationError."""
    lowered = name.lower() if name.isascii() else ""
    if not is_name(lowered) or lowered in reserved:
        raise invalid(
            field, f"{name!r} must be 1 to 63 letters, digits and inner dashes, not reserved and no id"
        )
    return lowered


def check_text(text: str, field: str) -> str:
    """A description: one line that can be shown anywhere."""
    if not is_line(text, MAX_TEXT):
        raise invalid(field, f"must be one line of at most {MAX_TEXT} printable characters")
    return text


def check_description(text: str) -> str:
    return check_text(text, "description")


def check_labels(labels: dict[str, str]) -> dict[str, str]:
    if len(labels) > MAX_LABELS:
        raise invalid("labels", f"at most {MAX_LABELS}")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise invalid("labels", f"the key {key!r} must be 1 to 63 letters, digits and inner . _ / -")
        if not _LABEL_VALUE.fullmatch(value):
            raise invalid("labels", f"the value of {key} must be at most 63 letters, digits and inner . _ -")
    return labels


def changed_labels(present: dict[str, str], change: dict[str, str | None] | None) -> dict[str, str]:
    """`present` with `change` laid over it; null takes a label away. None changes nothing."""
    if change is None:
        return present
    merged = {**present, **{key: value for key, value in change.items() if value is not None}}
    return check_labels({key: value for key, value in merged.items() if change.get(key, "") is not None})


def check_label_filter(label: str | None) -> None:
    """`key=value`, or several by commas, all of which are wanted. Raises ValidationError."""
    if label is not None and not _LABEL_FILTER.fullmatch(label):
        raise invalid("label", "must be key=value, or several of them separated by commas")
