"""The words of a configuration text, as nginx reads them, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

_BLANK = " \t\r\n"
# What follows a quoted word; anything else is an error of nginx's.
_AFTER_QUOTE = _BLANK + ";{)"
_ESCAPED = re.compile(r"""\\(["'\\trn])""")
_CONTROL = {"t": "\t", "r": "\r", "n": "\n"}


class NginxSyntaxError(ValueError):
    """nginx would not read this. `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line


class Kind(Enum):
    WORD = "word"
    END = ";"
    OPEN = "{"
    CLOSE = "}"


class Token(NamedTuple):
    """`value` is the word without its quotes and escapes; `start` and `end` are its place in the text."""

    kind: Kind
    value: str
    line: int
    start: int
    end: int


class Where(Enum):
    """Where in the language a place of a text is."""

    BETWEEN = "between words"
    WORD = "in a word"
    DOUBLE = "in double quotes"
    SINGLE = "in single quotes"
    COMMENT = "in a comment"
    # A backslash that takes the next character as it is.
    ESCAPE = "after a backslash"


class Reader:
    """Reads a text character by character; `where` and `line` tell the place that was reached.

    Several texts may be read one after the other: what stands between them is then at `where`."""

    def __init__(self) -> None:
        self.line = 1
        self.where = Where.BETWEEN
        self._within = Where.BETWEEN
        self._position = 0
        self._start = 0
        self._start_line = 1
        self._text: list[str] = []
        self._after_dollar = False
        self._after_quote = False

    def copy(self) -> Reader:
        other = Reader()
        other.__dict__.update(self.__dict__)
        other._text = list(self._text)
        return other

    @property
    def can_begin_word(self) -> bool:
        """A word that begins here is a whole one: no quote has just ended."""
        return self.where is Where.BETWEEN and not self._after_quote

    def is_as(self, other: Reader) -> bool:
        """What follows is read in the same way."""
        return (self.where, self._within, self._after_dollar, self._after_quote) == (
            other.where,
            other._within,
            other._after_dollar,
            other._after_quote,
        )

    @property
    def ends_with_blank(self) -> bool:
        """A blank, `;` or `{` can follow here: a word would end, or none was begun."""
        return self.where is Where.WORD or self.where is Where.BETWEEN

    def read(self, text: str) -> Iterator[Token]:
        """Raises NginxSyntaxError."""
        for character in text:
            yield from self._next(character)
            self._position += 1
            if character == "\n":
                self.line += 1

    def finish(self) -> None:
        """The text ends here. Raises NginxSyntaxError."""
        if self.where is Where.COMMENT or (self.where is Where.BETWEEN):
            return
        raise NginxSyntaxError(f"the text ends {self.where.value}", self._start_line)

    def _next(self, character: str) -> Iterator[Token]:
        if self.where is Where.COMMENT:
            if character == "\n":
                self.where = Where.BETWEEN
        elif self.where is Where.BETWEEN:
            yield from self._between(character)
        elif self.where is Where.ESCAPE:
            self._text.append(character)
            self.where = self._within
        elif character == "\\":
            self._text.append(character)
            self._within, self.where = self.where, Where.ESCAPE
            self._after_dollar = False
        elif self.where is Where.WORD:
            yield from self._in_word(character)
        elif character == ('"' if self.where is Where.DOUBLE else "'"):
            yield self._word(self._position + 1)
            self._after_quote = True
        else:
            self._text.append(character)

    def _between(self, character: str) -> Iterator[Token]:
        if self._after_quote and character not in _AFTER_QUOTE:
            raise NginxSyntaxError(f"{character!r} directly after a quoted word", self.line)
        self._after_quote = False
        if character in _BLANK:
            return
        self._start, self._start_line, self._text = self._position, self.line, []
        if character in ";{}":
            yield Token(Kind(character), character, self.line, self._position, self._position + 1)
        elif character == "#":
            self.where = Where.COMMENT
        elif character == "\\":
            self._text.append(character)
            self._within, self.where = Where.WORD, Where.ESCAPE
        elif character in "\"'":
            self.where = Where.DOUBLE if character == '"' else Where.SINGLE
        else:
            self._text.append(character)
            self.where, self._after_dollar = Where.WORD, character == "$"

    def _in_word(self, character: str) -> Iterator[Token]:
        if character == "{" and self._after_dollar:
            # `${` begins a variable's name, not a block.
            self._text.append(character)
            return
        if character in _BLANK or character in ";{":
            yield self._word(self._position)
            if character not in _BLANK:
                yield Token(Kind(character), character, self.line, self._position, self._position + 1)
        else:
            self._text.append(character)
        self._after_dollar = character == "$"

    def _word(self, end: int) -> Token:
        self.where = Where.BETWEEN
        return Token(Kind.WORD, unescaped("".join(self._text)), self._start_line, self._start, end)


def unescaped(text: str) -> str:
    """A word without nginx's escapes: other characters keep their backslash."""
    return _ESCAPED.sub(lambda found: _CONTROL.get(found[1], found[1]), text)


def tokens(text: str) -> list[Token]:
    """Of a whole text. Raises NginxSyntaxError."""
    reader = Reader()
    found = list(reader.read(text))
    reader.finish()
    return found
