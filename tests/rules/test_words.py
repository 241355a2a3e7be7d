"""Words that no text for people has: docs/glossary.md says which word stands instead."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TEXTS = sorted((PROJECT / "web/src/text").rglob("*.ts"))
# What a terminal, an error or the API's description says.
SPOKEN = ("nimbus", "agent")
SOURCES = sorted(path for folder in SPOKEN for path in (PROJECT / folder).rglob("*.py"))
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


def _literals(source: str) -> list[str]:
    """The string constants of several words, without docstrings (of fields too)."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [
        node.value
        for node in constants
        if isinstance(node.value, str) and " " in node.value and id(node) not in docstrings
    ]


def test_what_is_no_docstring_is_read() -> None:
    source = 'def f(x):\n    """Made anew."""\n    return f"not anew {x}", "anew"'
    assert _literals(source) == ["not anew "]


def test_the_programs_speak_by_the_glossary() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {each}"
        for path in SOURCES
        for each in unwanted(_literals(path.read_text()))
    ]
    assert found == []
