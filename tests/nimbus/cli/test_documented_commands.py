"""Every command line that README, docs and our own texts show can be typed: it is read by the real parsers."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from agent.cli import make_parser
from nimbus.cli.commands import COMMANDS
from nimbus.cli.topics import TOPICS
from tests.nimbus.cli.test_parsers import parser_of

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_MODULES = {word: module for word, module, _ in COMMANDS}
_BLOCK_LINE = re.compile(
    r"^(?:    |```)\s*(?:\$ )?((?:[A-Z_]+=\S+ )*(?:sudo )?nimbus(?:-agent)? .*)$", re.MULTILINE
)
_INLINE = re.compile(r"`(?:sudo )?(nimbus(?:-agent)? [^`]+)`")
# In our own texts also without marks: after a colon, or where a sentence begins with "Run".
_SAID = re.compile(r"(?:`|: |Run )(?:sudo )?(nimbus(?:-agent)? [a-z][^`\n.;,:()]*)")
_ENDS = ("|", ">", "<", ">>", "&&", ";", "&")
_NOT_RUN = ("help", "--version", "--help")


@cache
def parser(program: str, word: str) -> argparse.ArgumentParser:
    return make_parser() if program == "nimbus-agent" else parser_of(word, _MODULES[word])


def shown_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text("utf-8").replace("\\\n", " ")
        for line in _BLOCK_LINE.findall(text):
            yield str(page.relative_to(ROOT)), line


def words_of(line: str) -> list[str]:
    """Without what the shell takes, and without comments."""
    words = shlex.split(re.split(r"\s#\s|\s{3,}[A-Za-z]", line)[0])
    while words[0] == "sudo" or "=" in words[0]:
        words = words[1:]
    ends = [index for index, word in enumerate(words) if word in _ENDS or word.startswith(("2>", "<("))]
    return words[: ends[0]] if ends else words


@pytest.mark.parametrize(("page", "line"), [*shown_lines()])
def test_a_line_of_a_page_can_be_typed(page: str, line: str) -> None:
    program, *words = words_of(line)
    if words[0] in _NOT_RUN:
        return
    if program == "nimbus":
        parser(program, words[0]).parse_args(words[1:])
    else:
        parser(program, "").parse_args(words)


def problem_of(command: str) -> str:
    """Of a command that a text names: which word of it does not exist. Arguments may be missing."""
    program, *words = re.split(r"\s+", command.strip())
    if program == "nimbus":
        if words[0] in _NOT_RUN or not re.match(r"[a-z]", words[0]):
            return ""
        if words[0] not in _MODULES:
            return f"there is no command {words[0]}"
        found, words = parser(program, words[0]), words[1:]
    else:
        found = parser(program, "")
    for word in words:
        below = [one for one in found._actions if isinstance(one, argparse._SubParsersAction)]
        option = re.match(r"--[a-z-]+", word.lstrip("["))
        if option:
            if option[0] not in found._option_string_actions:
                return f"{found.prog} has no {option[0]}"
        elif below and re.fullmatch(r"[a-z-]+", word):
            if word not in below[0].choices:
                return f"{found.prog} has no {word}"
            found = below[0].choices[word]
    return ""


def test_commands_within_sentences_of_pages_exist() -> None:
    named = {
        (str(page.relative_to(ROOT)), " ".join(command.split()))
        for page in PAGES
        for command in _INLINE.findall(page.read_text("utf-8"))
    }
    assert len(named) > 100
    assert [(where, problem) for where, command in sorted(named) if (problem := problem_of(command))] == []


def texts() -> Iterator[tuple[str, str]]:
    for folder in ("nimbus", "agent"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield str(file.relative_to(ROOT)), node.value
    for file in sorted((ROOT / "web/src/text").rglob("*.ts")):
        yield str(file.relative_to(ROOT)), file.read_text("utf-8")


def test_commands_that_errors_and_other_texts_name_exist() -> None:
    named = {(where, command) for where, text in texts() for command in _SAID.findall(text)}
    assert len(named) > 100
    assert [(where, problem) for where, command in sorted(named) if (problem := problem_of(command))] == []


def test_topics_that_pages_name_exist() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for topic in re.findall(r"`nimbus help ([a-z-]+)`", text):
        assert topic in TOPICS or topic in _MODULES
