"""The structure of a configuration text: its directives, how many words each has, its blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nimbus.edge.templates.parsing import TemplateError
from nimbus.protocol.nginx.tokens import Kind, NginxSyntaxError, Token, tokens


class Directive(NamedTuple):
    """`blocks` are the names of the blocks around it, the outermost first; `opens`: it has a block itself."""

    name: str
    arguments: tuple[str, ...]
    blocks: tuple[str, ...]
    opens: bool
    line: int
    # Where in the text the directive ends: behind its `;`, or behind the `{` of its block.
    end: int


def directives(text: str) -> list[Directive]:
    """Of a whole text, in order. Raises TemplateError."""
    try:
        return list(_directives(tokens(text)))
    except NginxSyntaxError as error:
        raise TemplateError(error.reason, error.line) from None


def _directives(read: list[Token]) -> Iterator[Directive]:
    words: list[Token] = []
    blocks: list[str] = []
    for token in read:
        if token.kind is Kind.WORD:
            words.append(token)
        elif token.kind is Kind.CLOSE:
            if words:
                raise NginxSyntaxError(f"no ; after {words[0].value!r}", words[0].line)
            if not blocks:
                raise NginxSyntaxError("a } without its {", token.line)
            blocks.pop()
        else:
            if not words:
                raise NginxSyntaxError(f"a {token.value} without a directive before it", token.line)
            opens = token.kind is Kind.OPEN
            name, arguments = words[0].value, tuple(word.value for word in words[1:])
            yield Directive(name, arguments, tuple(blocks), opens, words[0].line, token.end)
            if opens:
                blocks.append(name)
            words = []
    if words:
        raise NginxSyntaxError(f"no ; after {words[0].value!r}", words[0].line)
    if blocks:
        raise NginxSyntaxError(f"the block {blocks[-1]!r} is not closed", read[-1].line)


def require_same_structure(with_values: list[Directive], with_harmless: list[Directive]) -> None:
    """Raises TemplateError: a value has changed what the template says."""
    for one, other in zip(with_values, with_harmless, strict=False):
        if _shape(one) != _shape(other):
            raise TemplateError(f"a value changes the directive {other.name!r}", one.line)
    if len(with_values) != len(with_harmless):
        raise TemplateError("a value adds or hides directives", 1)


def _shape(directive: Directive) -> tuple[str, int, tuple[str, ...], bool]:
    return directive.name, len(directive.arguments), directive.blocks, directive.opens


def server_starts(text: str) -> list[int]:
    """Where in the text the inside of each server block begins. Raises TemplateError."""
    return [
        directive.end
        for directive in directives(text)
        if directive.opens and directive.name == "server" and not directive.blocks
    ]
