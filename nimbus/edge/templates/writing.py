"""A template with values becomes a configuration text. Pure: the same values give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from nimbus.edge.templates.allowed import BLOCK, FILE, NAME, Listens, check_allowed, check_complete
from nimbus.edge.templates.parsing import Condition, Loop, Misplaced, Part, Place, TemplateError, Text, Value
from nimbus.edge.templates.structure import directives, require_same_structure
from nimbus.edge.templates.values import (
    VARIABLES,
    BlockName,
    Expression,
    FilePath,
    Item,
    Names,
    Words,
    Written,
)
from nimbus.edge.templates.values import Value as Given
from nimbus.protocol.nginx import words
from nimbus.protocol.nginx.words import Unwritable

# Directives whose words are patterns or names: nginx looks for no variables there.
_WITHOUT_VARIABLES = {"location": None, "server_name": None, "rewrite": 1, "if": None}
_HARMLESS = "x"


def write(parts: Sequence[Part], values: Mapping[str, Given], *, is_ours: bool = False) -> str:
    """`is_ours`: a built-in template, which has more directives than others. Raises TemplateError, with the line of
    the template: for a value that is missing or cannot stand in its place, for a directive that is not allowed."""
    pieces = list(_write(parts, _Scope(values)))
    harmless = list(_write(parts, _Scope({name: _harmless(value) for name, value in values.items()})))
    with _lines_of_the_template(harmless):
        meant = directives(_text(harmless))
    if not is_ours:
        own = list(_write(parts, _Scope({name: _own(value) for name, value in values.items()})))
        with _lines_of_the_template(own):
            check_allowed(directives(_text(own)), _listens(values))
        check_complete(meant)
    with _lines_of_the_template(pieces):
        require_same_structure(directives(_text(pieces)), meant)
    return _text(pieces)


def _listens(values: Mapping[str, Given]) -> Listens:
    """Where this virtual host may listen, as far as a template says it itself."""
    has = {"ssl": "ssl", "http2": "http2", "http3": "quic"}
    options = frozenset(option for name, option in has.items() if values.get(name))
    found = dict.fromkeys(_addresses(values.get("port")), options)
    if values.get("redirect_http"):
        found |= dict.fromkeys(_addresses(80), frozenset())
    return found


def _addresses(port: Given) -> tuple[str, str]:
    return f"{port}", f"[::]:{port}"


class _Piece(NamedTuple):
    """What was written; `line` of the template is where it comes from."""

    text: str
    line: int
    is_value: bool = False


def _text(pieces: Sequence[_Piece]) -> str:
    return "".join(piece.text for piece in pieces)


@contextmanager
def _lines_of_the_template(pieces: Sequence[_Piece]) -> Iterator[None]:
    """What fails in the written text is told by the line of the template that it comes from."""
    try:
        yield
    except TemplateError as error:
        lines = _lines(pieces)
        raise TemplateError(error.reason, lines[min(error.line, len(lines)) - 1]) from None


def _lines(pieces: Sequence[_Piece]) -> list[int]:
    """Of each written line, the line of the template that it begins in."""
    lines, begins = [1], True
    for piece in pieces:
        for number, part in enumerate(piece.text.split("\n")):
            line = piece.line if piece.is_value else piece.line + number
            if number:
                lines.append(line)
                begins = True
            elif begins:
                lines[-1] = line
            begins = begins and not part
    return lines


class _Nimbus(Written):
    """Directives that Nimbus writes, and that are no concern of what a template can say."""

    __slots__ = ()


class _Scope:
    """The names that can be said at one place."""

    def __init__(self, item: Item, outer: _Scope | None = None) -> None:
        self._item, self._outer = item, outer

    def within(self, item: Item) -> _Scope:
        return _Scope(item, self)

    def get(self, path: str, line: int) -> Given:
        scope, name = self, path
        while name.startswith("../"):
            if scope._outer is None:
                raise TemplateError(f"{path}: there is nothing outside of this place", line)
            scope, name = scope._outer, name[3:]
        if isinstance(scope._item, Mapping):
            if name in scope._item:
                return scope._item[name]
            raise TemplateError(f"there is no value {path}", line)
        if name == "this":
            return scope._item
        raise TemplateError(f"there is no value {path}: an item without names is {{{{this}}}}", line)


def _write(parts: Sequence[Part], scope: _Scope) -> Iterator[_Piece]:
    for part in parts:
        if isinstance(part, Text):
            yield _Piece(part.text, part.line)
        elif isinstance(part, Value):
            yield _Piece(_written(part, scope.get(part.path, part.line)), part.line, is_value=True)
        elif isinstance(part, Condition):
            yield from _write(part.then if scope.get(part.path, part.line) else part.otherwise, scope)
        else:
            for item in _items(part, scope.get(part.path, part.line)):
                yield from _write(part.body, scope.within(item))


def _items(loop: Loop, value: Given) -> Sequence[Item]:
    if value is None:
        return ()
    if isinstance(value, (str, int)):
        raise TemplateError(f"{loop.path} is one value, not several", loop.line)
    return value


def _written(part: Value, value: Given) -> str:
    try:
        return _in_place(part, value)
    except Unwritable as error:
        raise Misplaced(f"{part.path}: {error}", part.line) from None


def _in_place(part: Value, value: Given) -> str:
    if isinstance(value, Written):
        if isinstance(value, _Nimbus) and part.place is Place.STATEMENT:
            return ""
        if part.place in (Place.STATEMENT, Place.WHOLE_WORD):
            return value
        raise Unwritable("stands for whole directives: on a line of its own")
    if part.place is Place.STATEMENT:
        raise Unwritable("would name a directive")
    if isinstance(value, Words):
        if part.place is not Place.WHOLE_WORD or not value:
            raise Unwritable("are words of their own: between blanks, one at least")
        return " ".join(_word(part, one) for one in value)
    if value is None or isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Unwritable("is not a text: ask for it with {{#if}} or {{#each}}")
    if part.place is Place.WHOLE_WORD:
        return _word(part, value)
    text = words.check(str(value))
    if part.place is Place.WORD_PART:
        if not text or words.word(text) != text:
            raise Unwritable(f"{text!r} cannot be a part of a word: put the whole word into quotes")
        return text
    quote = '"' if part.place is Place.DOUBLE_QUOTES else "'"
    return words.within_quotes(_with_variables(part, value, text), quote)


def _word(part: Value, value: str | int) -> str:
    text = words.check(str(value))
    if _reads_variables(part):
        return words.interpolated(text, VARIABLES if isinstance(value, Expression) else ())
    return words.word(text)


def _with_variables(part: Value, value: str | int, text: str) -> str:
    if not _reads_variables(part):
        return text
    return words.without_variables(text, VARIABLES if isinstance(value, Expression) else ())


def _reads_variables(part: Value) -> bool:
    if part.directive not in _WITHOUT_VARIABLES:
        return True
    argument = _WITHOUT_VARIABLES[part.directive]
    return argument is not None and argument != part.argument


def _harmless(value: Given) -> Given:
    """Of the same shape, and nothing in it that nginx could take for more than a word."""
    if isinstance(value, Written) or value is None or isinstance(value, int):
        return value
    if isinstance(value, FilePath):
        return FILE
    if isinstance(value, str):
        return _HARMLESS if value else value
    if isinstance(value, Words):
        return Words(_HARMLESS for _ in value)
    return [_harmless_item(item) for item in value]


def _own(value: Given) -> Given:
    """Harmless, and without what Nimbus writes: what is left is the template's own."""
    if isinstance(value, Written):
        return _Nimbus(value)
    if isinstance(value, Names):
        return Names([NAME])
    if isinstance(value, BlockName):
        return BlockName(BLOCK if value else "")
    if value is None or isinstance(value, (str, int, Words)):
        return _harmless(value)
    return [
        {name: _own(inner) for name, inner in item.items()}
        if isinstance(item, Mapping)
        else _harmless_item(item)
        for item in value
    ]


def _harmless_item(item: Item) -> Item:
    if isinstance(item, Mapping):
        return {name: _harmless(value) for name, value in item.items()}
    return item if isinstance(item, int) else _HARMLESS
