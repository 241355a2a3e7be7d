"""Rewrite rules: the groups of a pattern, and what stands for them.

Groups keep their numbers (`$1`): nginx escapes these in arguments and in redirects, and named ones it does not, so
that `%0d%0a` in a request would become a new line in an answer's header. Numbers have been the way to faults of
nginx where a rewrite that goes on is followed by another one or by `set` (CVE-2026-42945), and where groups are
nested (CVE-2026-9256): the flag of each rule ends the run, and nested groups are refused.
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


def groups_of(pattern: str, field: str) -> int:
    """How many groups `(...)` a pattern has. Raises ValidationError."""
    # Of each open parenthesis, whether it is a group.
    within: list[bool] = []
    groups = 0
    for found in _PIECE.finditer(pattern):
        kind = found.lastgroup
        if kind == "named":
            raise invalid(field, "groups have numbers: write (...) and $1")
        if kind == "open_class":
            raise invalid(field, "has a [ without its ]")
        if kind == "group":
            if any(within):
                raise invalid(field, "groups within groups cannot be used: write (?:...) for one of them")
            groups += 1
        if kind in ("group", "other"):
            within.append(kind == "group")
        elif kind == "end":
            if not within:
                raise invalid(field, "has a ) without its (")
            within.pop()
    if within:
        raise invalid(field, "has a ( without its )")
    if groups > MAX_GROUPS:
        raise invalid(field, f"has more than {MAX_GROUPS} groups")
    return groups


def replacement(text: str, groups: int, variables: frozenset[str], field: str) -> str:
    """One word of nginx's: `$1` stands for a group, variables of the list stay. Raises ValidationError,
    Unwritable."""
    words.check(text)
    written, end = [], 0
    for found in _REFERENCE.finditer(text):
        number = int(found[1] or found[2])
        if not 1 <= number <= groups:
            raise invalid(field, f"${number} is no group of the pattern, which has {groups}")
        written += [words.without_variables(text[end : found.start()], variables), f"${number}"]
        end = found.end()
    written.append(words.without_variables(text[end:], variables))
    whole = "".join(written)
    return words.quoted(whole)
