"""Words that no text for people has: docs/glossary.md says which word stands instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TEXTS = sorted((PROJECT / "web/src/text").rglob("*.ts"))
# In the glossary's last table, with what to write instead.
UNWANTED = re.compile(
    r"\b(anew|at once|good for|whoever|somebody|nobody|taken? back|let in|turn(?:ed)? away|made here|so many"
    r"|left out|for ever)\b",
    re.IGNORECASE,
)
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`')


def unwanted(texts: list[str]) -> list[str]:
    return [f"{found.group(0)!r} in {text}" for text in texts if (found := UNWANTED.search(text))]


def test_there_is_something_to_read() -> None:
    assert sum(len(_LITERAL.findall(path.read_text())) for path in TEXTS) > 500
    assert unwanted(['"Make it anew"', '"Create role"']) == ["'anew' in \"Make it anew\""]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(TEXTS[0].parents[1])))
def test_the_dashboard_speaks_by_the_glossary(path: Path) -> None:
    assert unwanted(_LITERAL.findall(path.read_text())) == []
