"""Rewrite rules with named groups only.

Unnamed ones (`$1`) are shared by all that runs a regular expression in a request, which has been the way to several
faults of nginx (CVE-2026-42945, CVE-2026-9256): each group gets a name of its own, and nested ones are refused.
"""

from __future__ import annotations

import re

from nimbus.kernel.errors import invalid
from nimbus.protocol.nginx import words

_REFERENCE = re.compile(r"\$(?:\{([0-9])\}|([0-9]))")
# What stands in a regular expression (PCRE): only where groups begin and end is of interest.
_PIECE = re.compile(
    r"""
    (?P<taken> \\. | \[\^?\]?(?:\\.|[^\]\\])*\] )
    | (?P<named> \(\?(?:P|'|<(?![=!])) )
    | (?P<group> \((?![?*]) )
    | (?P<other> \( )
    | (?P<end> \) )
    | (?P<open_class> \[ )
    | (?P<rest> . )
    """,
    re.VERBOSE | re.DOTALL,
)
MAX_GROUPS = 9


def named_groups(pattern: str, prefix: str, field: str) -> tuple[str, int]:
    """The pattern with `(...)` as `(?<PREFIXn>...)`, and how many there are. Raises ValidationError."""
    written: list[str] = []
    # Of each open parenthesis, whether it is a group.
    within: list[bool] = []
    groups = 0
    for found in _PIECE.finditer(pattern):
        kind, text = found.lastgroup, found[0]
        if kind == "named":
            raise invalid(field, "groups get their names from Nimbus: write (...) and $1")
        if kind == "open_class":
            raise invalid(field, "has a [ without its ]")
        if kind == "group":
            if any(within):
                raise invalid(field, "groups within groups cannot be used: write (?:...) for one of them")
            groups += 1
            text = f"(?<{prefix}{groups}>"
        if kind in ("group", "other"):
            within.append(kind == "group")
        elif kind == "end":
            if not within:
                raise invalid(field, "has a ) without its (")
            within.pop()
        written.append(text)
    if within:
        raise invalid(field, "has a ( without its )")
    if groups > MAX_GROUPS:
        raise invalid(field, f"has more than {MAX_GROUPS} groups")
    return "".join(written), groups


def replacement(text: str, prefix: str, groups: int, variables: frozenset[str], field: str) -> str:
    """One word of nginx's: `$1` stands for a group, variables of the list stay. Raises ValidationError."""

    def named(found: re.Match[str]) -> str:
        number = int(found[1] or found[2])
        if not 1 <= number <= groups:
            raise invalid(field, f"${number} is no group of the pattern, which has {groups}")
        return "${" + prefix + str(number) + "}"

    names = {f"{prefix}{number}" for number in range(1, groups + 1)}
    return words.interpolated(_REFERENCE.sub(named, text), variables | names)
