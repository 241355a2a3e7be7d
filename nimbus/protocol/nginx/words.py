"""A value as one word of nginx's configuration: whatever it is, it stays in its place.

`nginx -t` is no guard here: it takes a raw new line within quotes, and writes it into answers. So what cannot stand
in one line is refused, and everything else is quoted. A dollar sign cannot be escaped: it is written through a
variable that is a dollar sign (`DOLLAR`), which the managed configuration defines.
"""

from __future__ import annotations

import re
from collections.abc import Collection

DOLLAR = "nimbus_dollar"
DOLLAR_DEFINITION = f'geo ${DOLLAR} {{\n    default "$";\n}}\n'
MAX_BYTES = 4096
# No word of these needs quotes. A comma, an equals sign and a colon are parts of many words.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=,~^?*&!\[\]()|-]+", re.ASCII)
_VARIABLE = re.compile(r"\$(?:\{([a-z0-9_]+)\}|([a-z][a-z0-9_]*))", re.ASCII)


class Unwritable(ValueError):
    """This value cannot stand in a configuration; the text says why."""


def check(value: str) -> str:
    """One line, not too long. Raises Unwritable."""
    if not value.isprintable():
        shown = next(character for character in value if not character.isprintable())
        raise Unwritable(f"must be one line of printable characters, and has {shown!r}")
    if len(value.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Unwritable(f"must be at most {MAX_BYTES} bytes")
    return value


def word(value: str) -> str:
    """Of a directive that reads no variables, such as a pattern of `location`. Raises Unwritable."""
    check(value)
    return value if _PLAIN.fullmatch(value) else '"' + within_quotes(value) + '"'


def interpolated(value: str, variables: Collection[str] = ()) -> str:
    """Of a directive that reads variables: these stay, every other dollar sign is one. Raises Unwritable."""
    check(value)
    return quoted(without_variables(value, variables))


def quoted(written: str) -> str:
    """Of a text whose dollar signs are as they shall be: in quotes where it needs them."""
    return written if _PLAIN.fullmatch(written) else '"' + within_quotes(written) + '"'


def without_variables(value: str, variables: Collection[str] = ()) -> str:
    """Where nginx reads variables: every dollar sign that begins none of these is a dollar sign."""
    written, end = [], 0
    for found in _VARIABLE.finditer(value):
        name = found[1] or found[2]
        between = value[end : found.start()]
        kept = "${" + name + "}" if name in variables else _dollars(found[0])
        written += [_dollars(between), kept]
        end = found.end()
    return "".join([*written, _dollars(value[end:])])


def _dollars(text: str) -> str:
    return text.replace("$", "${" + DOLLAR + "}")


def within_quotes(value: str, quote: str = '"') -> str:
    """Between these quotes."""
    return value.replace("\\", "\\\\").replace(quote, "\\" + quote)
