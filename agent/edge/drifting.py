"""What is on disk otherwise than it was written, or answers for our names beside us. Functions block."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from agent.edge.generations import CURRENT, Generations
from agent.edge.main_file import OURS, our_file
from nimbus.protocol.nginx.tokens import Kind, NginxSyntaxError, tokens

# Of a file, and of all; files that are looked through, and that are told.
MAX_BYTES, MAX_CHARACTERS = 64 * 1024, 128 * 1024
MAX_FILES, MAX_TOLD = 500, 100


def drift(generations: Generations, main_folder: Path, names: Collection[str]) -> dict[str, str]:
    """Names of files that are not as they were written, with what they hold; "" where they are gone. A file of
    another's that answers for one of our names comes with the line that says so."""
    found: dict[str, str] = {}
    place = generations.current()
    if place is not None:
        found |= {name: text[:MAX_BYTES] for name, text in generations.drift(place).items()}
    elif generations.last_proven() is not None:
        found[CURRENT] = ""
    ours = generations.folder / OURS
    text = _text(ours)
    if text != our_file(generations.link):
        found[OURS] = text
    return _bounded(found | _foreign(generations.folder, main_folder, {name.lower() for name in names}))


def _bounded(found: dict[str, str]) -> dict[str, str]:
    """Every name up to a bound, and of texts what there is room for."""
    kept, room = {}, MAX_CHARACTERS
    for name in sorted(found)[:MAX_TOLD]:
        # "" would say that it is gone.
        kept[name] = found[name][: max(1, room)]
        room -= len(found[name])
    return kept


def _foreign(conf_d: Path, main_folder: Path, names: set[str]) -> dict[str, str]:
    files = [path for path in sorted(conf_d.glob("*.conf")) if path.name != OURS]
    files += sorted((main_folder / "sites-enabled").glob("*"))
    found = {}
    for path in files[:MAX_FILES]:
        taken = [name for name in _server_names(_text(path)) if name.lower() in names]
        if taken:
            found[str(path)] = f"server_name {' '.join(taken)};"
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _server_names(text: str) -> list[str]:
    found: list[str] = []
    words: list[str] = []
    try:
        for token in tokens(text):
            if token.kind is Kind.WORD:
                words.append(token.value)
                continue
            if token.kind is Kind.END and words[:1] == ["server_name"]:
                found += words[1:]
            words = []
    except NginxSyntaxError:
        # What nginx does not read either serves nothing.
        return []
    return found
