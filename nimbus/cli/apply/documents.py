"""Declarations: YAML documents, read with the line of every field. No anchors, no aliases, no tags, bounded in size
and depth: what is read is no larger than the file."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nimbus.protocol.errors import UsageError

MAX_FILE_BYTES = 1024 * 1024
MAX_FILES = 1000
MAX_DOCUMENTS = 5000
MAX_DEPTH = 16
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Place:
    """Where something is written; lines count from 1."""

    file: str
    line: int

    def error(self, message: str, *, next_step: str = "") -> UsageError:
        return UsageError(f"{self.file}:{self.line}: {message}", next_step=next_step)


@dataclass(frozen=True)
class Document:
    """One declaration as it is written. `lines` are of fields, by their path: ("spec", "role")."""

    place: Place
    content: dict[str, Any]
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)

    def at(self, *path: str) -> Place:
        """Of the field, or of the nearest that is there around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return Place(self.place.file, self.lines[path]) if path else self.place


def read_documents(sources: Iterable[str]) -> list[Document]:
    """Of files, folders (what ends in .yaml, .yml or .json, in order of names) and `-`. Raises UsageError."""
    documents: list[Document] = []
    for source in sources:
        for name, content in _contents(source):
            documents += parse(name, content)
            if len(documents) > MAX_DOCUMENTS:
                raise UsageError(f"more than {MAX_DOCUMENTS} documents", next_step="Apply them in parts.")
    if not documents:
        raise UsageError("-f names no documents", next_step="See docs/apply.md for the form.")
    return documents


def _contents(source: str) -> list[tuple[str, bytes]]:
    if source == "-":
        return [("standard input", _bounded("standard input", sys.stdin.buffer.read(MAX_FILE_BYTES + 1)))]
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
        if len(files) > MAX_FILES:
            raise UsageError(f"{source} contains more than {MAX_FILES} files")
        return [(str(file), _file(file)) for file in files]
    return [(source, _file(path))]


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return _bounded(str(path), stream.read(MAX_FILE_BYTES + 1))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}",
            next_step="Name a file, a folder, or - for standard input.",
        ) from None


def _bounded(name: str, content: bytes) -> bytes:
    if len(content) > MAX_FILE_BYTES:
        raise UsageError(f"{name} is larger than {MAX_FILE_BYTES} bytes", next_step="Split it.")
    return content


def parse(name: str, content: bytes) -> list[Document]:
    """Raises UsageError, with the line."""
    documents = []
    try:
        text = content.decode()
        _check_events(name, text)
        for node in yaml.compose_all(text, Loader=yaml.SafeLoader):
            if isinstance(node, yaml.ScalarNode) and node.value == "":
                continue
            lines: dict[tuple[str, ...], int] = {}
            value = _value(name, node, (), lines)
            place = Place(name, node.start_mark.line + 1)
            if not isinstance(value, dict):
                raise place.error("a document is a mapping with kind, metadata and spec")
            documents.append(Document(place, value, lines))
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = int(getattr(mark, "line", 0)) + 1
        problem = (error.problem or "is not YAML").replace("\n", " ")
        raise Place(name, line).error(problem) from None
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is not YAML: {str(error).splitlines()[0]}") from None
    return documents


def _check_events(name: str, text: str) -> None:
    """Before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = Place(name, event.start_mark.line + 1 if event.start_mark else 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise place.error("anchors and aliases are not supported", next_step="Write it out.")
        if getattr(event, "tag", None) not in (None, "!"):
            raise place.error("tags are not supported", next_step="Write plain YAML.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise place.error(f"nested more than {MAX_DEPTH} levels deep")


def _value(name: str, node: yaml.Node, path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(name, item, (*path, str(number)), lines) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = Place(name, key_node.start_mark.line + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                raise place.error("a key must be text")
            if key_node.value in fields:
                raise place.error(f"{key_node.value!r} is there twice")
            fields[key_node.value] = _value(name, value_node, (*path, key_node.value), lines)
            lines[(*path, key_node.value)] = place.line
        return fields
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    """Text, a truth, a number or nothing; what YAML takes for a date stays text."""
    plain = ("bool", "int", "float", "null")
    if node.tag.rpartition(":")[2] not in plain:
        return node.value
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, OverflowError):
        return node.value


def unknown(document: Document, path: tuple[str, ...], known: Iterable[str]) -> UsageError:
    """For a field that nobody knows: says which one may be meant."""
    known = list(known)
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    where = ".".join(path[:-1]) or "a document"
    step = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known) or 'none'}."
    return document.at(*path).error(f"{where} has no field {path[-1]!r}", next_step=step)
