"""What the dashboard's style sheets must not use, because the build makes something else of it."""

from __future__ import annotations

from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "web/src"
SHEETS = sorted(SOURCE.rglob("*.css"))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_colours_of_the_themes_are_variables(path: Path) -> None:
    """`light-dark()` is replaced by variables that only a static `color-scheme` sets: nothing would be painted."""
    assert "light-dark(#" not in path.read_text("utf-8")
