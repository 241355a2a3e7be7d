"""What documents name: it has to be declared, or be there and stay. Looked at before anything changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nimbus.cli.apply.documents import Document, Place
from nimbus.cli.apply.kinds import KINDS, Resource
from nimbus.cli.apply.plan import Plan
from nimbus.protocol.errors import EXIT_NOT_FOUND, UsageError

KEY = "Key"
_OF_GRANTS = {
    "role": "Role",
    "user": "User",
    "group": "Group",
    "key": KEY,
    "workspace": "Workspace",
    "organization": "Organization",
}
_BUILT_IN_TEMPLATES = frozenset({"default", "spa", "api", "static", "websocket"})
# The present ones of a kind: what each is known by. None: the caller cannot list them, so the server has to say.
Known = Callable[[str], list[tuple[str, ...]] | None]


@dataclass(frozen=True)
class Reference:
    """To a resource of this kind, by name or id, in lower case."""

    kind: str
    name: str
    place: Place


def check_references(declared: Iterable[Resource], planned: Plan, known: Known) -> None:
    """Raises UsageError for the first that leads nowhere, or to what is to be deleted."""
    declared = list(declared)
    made = {(resource.kind, word) for resource in declared for word in _words(resource)}
    deleted = [action.present for action in planned.actions if action.what == "delete" and action.present]
    going = {(resource.kind, resource.id): resource for resource in deleted}
    lists: dict[str, list[tuple[str, ...]] | None] = {}
    for reference in (found for resource in declared for found in _references(resource)):
        if (reference.kind, reference.name) in made:
            continue
        if reference.kind not in lists:
            lists[reference.kind] = known(reference.kind)
        present = lists[reference.kind]
        if present is None:
            continue
        matches = [words for words in present if reference.name in words]
        if not matches:
            raise _missing(reference)
        gone = [going.get((reference.kind, words[0])) for words in matches]
        if all(gone):
            raise _deleted(reference, gone[0].key if gone[0] else reference.name)


def _words(resource: Resource) -> tuple[str, ...]:
    return (resource.key.lower(), resource.name.lower())


def _references(resource: Resource) -> Iterator[Reference]:
    document = resource.document
    assert document is not None
    if resource.kind == "Grant":
        for field, kind in _OF_GRANTS.items():
            if resource.fields.get(field):
                yield Reference(kind, resource.fields[field].lower(), document.at("spec", field))
    yield from _of_the_edge(resource, document)
    for member in resource.fields.get("members", ()):
        yield Reference("User", member.lower(), document.at("spec", "members"))
    home, within = resource.key.rpartition("/")[0], KINDS[resource.kind].within
    if resource.kind == "User":
        home = document.content["metadata"].get("organization", "").lower()
    if home and within == "organization":
        yield Reference("Organization", home, document.at("metadata", "organization"))
    if home and within == "workspace":
        yield Reference("Workspace", home, document.at("metadata", "workspace"))


def _of_the_edge(resource: Resource, document: Document) -> Iterator[Reference]:
    """What virtual hosts and upstreams name. What has another form than it should, the control plane refuses."""
    for number, location in enumerate(_mappings(resource.fields.get("locations"))):
        upstream = location.get("upstream_id")
        if isinstance(upstream, str):
            place = document.at("spec", "locations", str(number), "upstream_id")
            yield Reference("Upstream", upstream.lower(), place)
    template = resource.fields.get("template")
    if isinstance(template, str) and template.lower() not in _BUILT_IN_TEMPLATES:
        yield Reference("Template", template.lower(), document.at("spec", "template"))
    for number, server in enumerate(_mappings(resource.fields.get("servers"))):
        node = server.get("node")
        if isinstance(node, str):
            yield Reference("Node", node.lower(), document.at("spec", "servers", str(number), "node"))


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [one if isinstance(one, dict) else {} for one in value] if isinstance(value, list) else []


def _missing(reference: Reference) -> UsageError:
    noun = reference.kind.lower()
    error = reference.place.error(
        f"there is no {noun} {reference.name!r}", next_step=f"Declare the {noun} too, or create it first."
    )
    error.exit_status = EXIT_NOT_FOUND
    return error


def _deleted(reference: Reference, key: str) -> UsageError:
    return reference.place.error(
        f"this document uses the {reference.kind.lower()} {key}, which --prune would delete",
        next_step="Declare it too, or remove what uses it from the documents.",
    )
