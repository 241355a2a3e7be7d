"""The text of a template, read into parts. Every place of a value is decided here, once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from nimbus.protocol.nginx.tokens import Kind, NginxSyntaxError, Reader, Where

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
_TAG = re.compile(r"\{\{(?P<what>[^{}]*)\}\}")
_ENDS_WORD = frozenset(" \t\r\n;{")
_PATH = re.compile(r"(?:\.\./)*(?:this|[a-z][a-z0-9_]{0,63})", re.ASCII)


class TemplateError(ValueError):
    """The template cannot be used. `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line


class Misplaced(TemplateError):
    """A value cannot stand where the template has it; another one may."""


class Place(Enum):
    """What a value may become where it stands."""

    # One word of its own, or several.
    WHOLE_WORD = "whole word"
    # Between other characters of one.
    WORD_PART = "part of a word"
    DOUBLE_QUOTES = "in double quotes"
    SINGLE_QUOTES = "in single quotes"
    # Whole directives, written by Nimbus.
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Text:
    """`line`: where in the template it begins."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Value:
    """`directive` and `argument` (from 1): where it stands; "" when that depends on a condition."""

    path: str
    place: Place
    directive: str
    argument: int
    line: int


@dataclass(frozen=True, slots=True)
class Condition:
    """`{{#if}}`; an `{{#unless}}` has its branches the other way round."""

    path: str
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Loop:
    path: str
    body: tuple[Part, ...]
    line: int


Part = Text | Value | Condition | Loop


class _Chunk(NamedTuple):
    """Text between tags, and the line that it begins in."""

    text: str
    line: int


class _Tag(NamedTuple):
    """`name` is "" for a value, "!" for a remark, else the word after `#` or `/`, or `else`."""

    name: str
    path: str
    is_end: bool
    line: int


def parse(text: str) -> tuple[Part, ...]:
    """Raises TemplateError."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TemplateError(f"a template has at most {MAX_BYTES // 1024} KiB", 1)
    parser = _Parser(text)
    try:
        parts = parser.block("", 0)
        parser.reader.finish()
    except NginxSyntaxError as error:
        raise TemplateError(error.reason, error.line) from None
    return parts


class _Parser:
    """Recursive descent over the pieces; `reader` has read all text that stands before the place."""

    def __init__(self, text: str) -> None:
        self.reader = Reader()
        self._pieces = _without_own_lines(list(_pieces(text)))
        self._next = 0
        # Words of the directive that the place is in; None when they depend on a condition.
        self._words: list[str | None] = []

    def block(self, name: str, depth: int) -> tuple[Part, ...]:
        """To the end of the block, whose tag is left to the caller; of the text for ""."""
        if depth > MAX_DEPTH:
            raise TemplateError(f"blocks are at most {MAX_DEPTH} deep", self.reader.line)
        parts: list[Part] = []
        while self._next < len(self._pieces):
            piece = self._pieces[self._next]
            if isinstance(piece, _Chunk):
                self._next += 1
                parts.append(Text(piece.text, piece.line))
                # Lines of block tags are no part of any text.
                self.reader.line = piece.line
                self._read(piece.text)
                continue
            if piece.is_end or piece.name == "else":
                if name == "" or (piece.is_end and piece.name != name):
                    raise TemplateError("there is no block that this ends", piece.line)
                return tuple(parts)
            self._next += 1
            if piece.name == "":
                parts.append(self._value(piece))
            elif piece.name != "!":
                parts.append(self._opened(piece, depth + 1))
        if name:
            raise TemplateError(f"{{{{#{name}}}}} is not closed", self.reader.line)
        return tuple(parts)

    def _opened(self, tag: _Tag, depth: int) -> Condition | Loop:
        before = self.reader.copy(), list(self._words)
        body = self.block(tag.name, depth)
        ending = self._take()
        if tag.name == "each":
            if ending.name == "else":
                raise TemplateError("{{#each}} has no {{else}}", ending.line)
            if not self.reader.is_as(before[0]):
                raise TemplateError(
                    "{{#each}}: each turn must begin and end at one place of a directive", tag.line
                )
            self._words = _of_both(before[1], self._words)
            return Loop(tag.path, body, tag.line)
        after = self.reader.copy(), list(self._words)
        self.reader, self._words = before[0].copy(), list(before[1])
        self.reader.line = after[0].line
        otherwise: tuple[Part, ...] = ()
        if ending.name == "else":
            otherwise = self.block(tag.name, depth)
            if self._take().name == "else":
                raise TemplateError("a second {{else}}", self.reader.line)
        self._join(*after, tag)
        then, otherwise = (otherwise, body) if tag.name == "unless" else (body, otherwise)
        return Condition(tag.path, then, otherwise, tag.line)

    def _take(self) -> _Tag:
        piece = self._pieces[self._next]
        assert isinstance(piece, _Tag)
        self._next += 1
        return piece

    def _join(self, reader: Reader, words: list[str | None], tag: _Tag) -> None:
        """Two ways lead to this place: the one that was read, and this one. Whatever follows must be read alike."""
        if not self.reader.is_as(reader):
            following = self._following()
            begins = not words or not self._words
            ends_word = reader.ends_with_blank and self.reader.ends_with_blank and following in _ENDS_WORD
            if begins or not ends_word:
                raise TemplateError(
                    f"{{{{#{tag.name} {tag.path}}}}}: with and without it, what follows must be at one place of a "
                    "directive",
                    tag.line,
                )
            if self.reader.can_begin_word:
                self.reader = reader.copy()
        self._words = _of_both(words, self._words)

    def _following(self) -> str:
        """The character after this place; "" at the end of the text, `{{` before a tag."""
        piece = self._pieces[self._next] if self._next < len(self._pieces) else _Chunk("", 0)
        return piece.text[:1] if isinstance(piece, _Chunk) else "{{"

    def _read(self, text: str) -> None:
        for token in self.reader.read(text):
            if token.kind is Kind.WORD:
                self._words.append(token.value)
            else:
                self._words = []

    def _value(self, tag: _Tag) -> Value:
        place = self._place(tag)
        # The word that it stands in is not in the list yet.
        directive, argument = (self._words[0] or "" if self._words else ""), len(self._words)
        if place is not Place.STATEMENT:
            if not self._words:
                raise TemplateError(f"{{{{{tag.path}}}}} would name a directive", tag.line)
            # A value has at least one character, as far as the text after it is concerned.
            self._read("x")
        return Value(tag.path, place, directive, argument, tag.line)

    def _place(self, tag: _Tag) -> Place:
        where = self.reader.where
        if where is Where.DOUBLE:
            return Place.DOUBLE_QUOTES
        if where is Where.SINGLE:
            return Place.SINGLE_QUOTES
        if where is Where.WORD:
            return Place.WORD_PART
        if where is not Where.BETWEEN or not self.reader.can_begin_word:
            raise TemplateError(f"{{{{{tag.path}}}}} cannot stand {where.value}", tag.line)
        following = self._following()
        if not self._words and following in ("", "\n", "\r"):
            return Place.STATEMENT
        return Place.WHOLE_WORD if following in _ENDS_WORD else Place.WORD_PART


def _of_both(one: list[str | None], other: list[str | None]) -> list[str | None]:
    """What is known of the words after a condition."""
    if not one or not other:
        return [None] if one or other else []
    first = one[0] if one[0] == other[0] else None
    return [first, *[None] * (max(len(one), len(other)) - 1)]


def _pieces(text: str) -> Iterator[_Chunk | _Tag]:
    end, line = 0, 1
    for found in _TAG.finditer(text):
        if found.start() > end:
            yield _Chunk(text[end : found.start()], line)
        line += text.count("\n", end, found.start())
        yield _tag(found["what"].strip(), line)
        line += found[0].count("\n")
        end = found.end()
    rest = text[end:]
    if rest:
        yield _Chunk(rest, line)


def _tag(what: str, line: int) -> _Tag:
    if what.startswith("!"):
        return _Tag("!", "", False, line)
    if what == "else":
        return _Tag("else", "", False, line)
    if what.startswith("/") and what[1:] in ("if", "unless", "each"):
        return _Tag(what[1:], "", True, line)
    name, path = "", what
    if what.startswith("#"):
        name, _, path = what[1:].partition(" ")
        path = path.strip()
        if name not in ("if", "unless", "each"):
            raise TemplateError(f"there is no {{{{#{name}}}}}: if, unless and each can be had", line)
    if not _PATH.fullmatch(path):
        raise TemplateError(f"{{{{{what}}}}} is no name", line)
    return _Tag(name, path, False, line)


def _without_own_lines(pieces: list[_Chunk | _Tag]) -> list[_Chunk | _Tag]:
    """A block's tag or a remark that has a line to itself leaves no empty one."""
    result = list(pieces)
    for number, piece in enumerate(pieces):
        if isinstance(piece, _Chunk) or piece.name == "":
            continue
        before = pieces[number - 1] if number else _Chunk("\n", 0)
        after = pieces[number + 1] if number + 1 < len(pieces) else _Chunk("\n", 0)
        if not isinstance(before, _Chunk) or not isinstance(after, _Chunk):
            continue
        indent = before.text[before.text.rfind("\n") + 1 :]
        begins_line = ("\n" in before.text or number == 1) and not indent.strip(" \t")
        rest, newline, remaining = after.text.partition("\n")
        if not begins_line or rest.strip(" \t\r") or not newline:
            continue
        shortened = result[number - 1] if number else None
        if indent and isinstance(shortened, _Chunk):
            result[number - 1] = shortened._replace(text=shortened.text[: -len(indent)])
        if number + 1 < len(pieces):
            result[number + 1] = _Chunk(remaining, after.line + 1)
    return [piece for piece in result if not isinstance(piece, _Chunk) or piece.text]
