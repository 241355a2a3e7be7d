"""Names in the order that people count in: web-2 before web-10."""

from __future__ import annotations

_DIGITS = "0123456789"
# What names are made of besides digits.
_OTHERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_."
# One character for how long a number is, in the order of their bytes.
_LENGTHS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~"


def natural(column: str) -> str:
    """An expression to sort names by: the name with the length before each of its first two numbers, so that a
    longer number comes later. Both engines compute the same, and can have an index of it; those of lists
    that may be long (`nodes_listed` and others) are of this very text."""
    first = f"LTRIM({column}, '{_OTHERS}')"
    after_first = f"LTRIM({first}, '{_DIGITS}')"
    second = f"LTRIM({after_first}, '{_OTHERS}')"
    after_second = f"LTRIM({second}, '{_DIGITS}')"
    parts = (
        f"SUBSTR({column}, 1, LENGTH({column}) - LENGTH({first}))",
        f"SUBSTR('{_LENGTHS}', LENGTH({first}) - LENGTH({after_first}), 1)",
        f"SUBSTR({first}, 1, LENGTH({first}) - LENGTH({second}))",
        f"SUBSTR('{_LENGTHS}', LENGTH({second}) - LENGTH({after_second}), 1)",
        second,
    )
    return f"({' || '.join(parts)})"


def natural_version(column: str) -> str:
    """An expression to sort versions by, `MAJOR.MINOR.PATCH`: 0.0.9 before 0.0.10."""
    rest = f"LTRIM({column}, '{_DIGITS}')"
    major = f"SUBSTR({column}, 1, LENGTH({column}) - LENGTH({rest}))"
    length = f"SUBSTR('{_LENGTHS}', LENGTH({column}) - LENGTH({rest}), 1)"
    minor = natural(f"LTRIM({rest}, '.')")
    return f"({length} || {major} || {minor})"


def by_name(column: str, *further: str) -> str:
    """The order of a list of names, and what tells equal ones apart."""
    return ", ".join((natural(column), column, *further))
