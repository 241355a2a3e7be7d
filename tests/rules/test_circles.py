"""No module needs itself, over however many others: imports inside functions count too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]


def circles(graph: grimp.ImportGraph) -> Iterator[tuple[str, ...]]:
    """Groups of modules in which each reaches each other, sorted."""
    needs = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    before = 0
    while before != len(needs):  # what imports nothing that is left, or is imported by nothing, is in none
        before = len(needs)
        imported = set().union(*needs.values())
        needs = {module: wanted for module, wanted in needs.items() if wanted and module in imported}
        needs = {module: wanted & needs.keys() for module, wanted in needs.items()}
    reach = {module: reached(module, needs) for module in needs}
    found = {
        tuple(sorted(other for other in reach[module] if module in reach[other]))
        for module in needs
        if module in reach[module]
    }
    yield from sorted(found)


def reached(start: str, needs: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = needs[ahead.pop()] - found
        found |= new
        ahead.extend(new)
    return found


def test_no_modules_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    graph = grimp.build_graph("nimbus", "agent", cache_dir=None)
    assert list(circles(graph)) == []


def test_a_circle_is_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")):
        graph.add_import(importer=importer, imported=imported)
    assert list(circles(graph)) == [("a", "b", "c")]
