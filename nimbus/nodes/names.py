"""Names and labels of nodes."""

from __future__ import annotations

import re

from nimbus.errors import invalid
from nimbus.ids import is_id

# RFC 1123 section 2.1: one label of a host name, so that a node can have a DNS name in the mesh.
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LABEL_KEY = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
MAX_LABELS = 64
# The control plane's own name in the mesh.
RESERVED_NAMES = frozenset({"control-plane"})


def check_name(name: str) -> str:
    """The name in lower case. Raises ValidationError."""
    lowered = name.lower()
    if not _NAME.fullmatch(lowered) or lowered in RESERVED_NAMES or is_id(lowered):
        raise invalid(
            "name", f"{name!r} must be 1 to 63 letters, digits and inner dashes, not reserved and no id"
        )
    return lowered


def name_from_hostname(hostname: str) -> str:
    """The nearest valid name: `Web_01.example.org` becomes `web-01`."""
    name = re.sub(r"[^a-z0-9-]+", "-", hostname.split(".")[0].lower()).strip("-")[:63].strip("-")
    return name if name and name not in RESERVED_NAMES and not is_id(name) else "node"


def check_labels(labels: dict[str, str]) -> dict[str, str]:
    if len(labels) > MAX_LABELS:
        raise invalid("labels", f"at most {MAX_LABELS}")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise invalid("labels", f"the key {key!r} must be 1 to 63 letters, digits and inner . _ / -")
        if not _LABEL_VALUE.fullmatch(value):
            raise invalid("labels", f"the value of {key} must be at most 63 letters, digits and inner . _ -")
    return labels


def changed_labels(present: dict[str, str], change: dict[str, str | None]) -> dict[str, str]:
    """`present` with `change` laid over it; null takes a label away."""
    merged = {**present, **{key: value for key, value in change.items() if value is not None}}
    return check_labels({key: value for key, value in merged.items() if change.get(key, "") is not None})
