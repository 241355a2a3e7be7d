"""Durations as a caller writes them: a number with its unit, `90d`. The bounds are in the pattern itself, so that
the API's description has them too."""

from __future__ import annotations

import re

import msgspec

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Durations(msgspec.Struct, frozen=True):
    """From `least_s` to `most_s` seconds, in these units."""

    least_s: int
    most_s: int
    units: str = "smhd"

    @property
    def pattern(self) -> str:
        """Without anchors. A number has no leading zeros."""
        return "|".join(
            f"({whole_numbers(-(-self.least_s // _SECONDS[unit]), self.most_s // _SECONDS[unit])}){unit}"
            for unit in self.units
        )

    def seconds(self, text: str) -> int | None:
        """None: it is none of these."""
        if re.fullmatch(self.pattern, text) is None:
            return None
        return int(text[:-1]) * _SECONDS[text[-1]]


def whole_numbers(least: int, most: int) -> str:
    """A regular expression of the whole numbers from `least` to `most`, without leading zeros."""
    parts = []
    while least <= most:
        # The largest block that begins here: its last digits are any.
        free = 0
        while least % 10 ** (free + 1) == 0 and least + 10 ** (free + 1) - 1 <= most and least > 0:
            free += 1
        block = 10**free
        # As many of those as differ in the digit before.
        digit = least // block % 10
        same = min(9 - digit, (most - least + 1) // block - 1)
        head = str(least // block)[:-1]
        parts.append(f"{head}{_digits(digit, digit + same)}{_any(free)}")
        least += (same + 1) * block
    return "|".join(parts)


def _digits(first: int, last: int) -> str:
    return str(first) if first == last else f"[{first}-{last}]"


def _any(count: int) -> str:
    return "" if not count else "[0-9]" if count == 1 else f"[0-9]{{{count}}}"
