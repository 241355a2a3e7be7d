"""The three kinds of objects: what each is called, and the types of its requests and answers."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import msgspec

from nimbus.edge.objects import shapes, store
from nimbus.edge.objects.reading import SPECS, Spec
from nimbus.edge.objects.records import EdgeObject, ObjectKind, ObjectQuery, VirtualHostQuery
from nimbus.edge.templates import built_in
from nimbus.kernel.access import Permission
from nimbus.people.organizations.lookup import Lookup


class Kind(NamedTuple):
    """`command` is its noun on the command line; `built_in` are names that cannot be given."""

    name: ObjectKind
    path: str
    noun: str
    command: str
    view: type[msgspec.Struct]
    request: type[msgspec.Struct]
    patch: type[msgspec.Struct]
    preview: type[msgspec.Struct]
    query: type[ObjectQuery]
    lookup: Lookup[EdgeObject]
    built_in: frozenset[str] = frozenset()

    def spec_of(self, request: Any) -> Spec:
        """The specification in a request to make one."""
        spec = SPECS[self.name]
        return spec(**{name: getattr(request, name) for name in spec.__struct_fields__})


def _lookup(kind: ObjectKind, noun: str, command: str) -> Lookup[EdgeObject]:
    return Lookup(
        noun,
        Permission.CONFIG_READ,
        partial(_get, kind),
        lambda tx, name, within: store.find_in(tx, kind, name, within),
        command=command,
    )


def _get(kind: ObjectKind, tx: Any, object_id: str) -> EdgeObject | None:
    return store.get(tx, kind, object_id)


VIRTUAL_HOST = Kind(
    ObjectKind.VIRTUAL_HOST,
    "/api/v1/virtual-hosts",
    "virtual host",
    "vhost",
    shapes.VirtualHostView,
    shapes.VirtualHostRequest,
    shapes.VirtualHostPatch,
    shapes.VirtualHostPreview,
    VirtualHostQuery,
    _lookup(ObjectKind.VIRTUAL_HOST, "virtual host", "vhost"),
)
UPSTREAM = Kind(
    ObjectKind.UPSTREAM,
    "/api/v1/upstreams",
    "upstream",
    "upstream",
    shapes.UpstreamView,
    shapes.UpstreamRequest,
    shapes.UpstreamPatch,
    shapes.UpstreamPreview,
    ObjectQuery,
    _lookup(ObjectKind.UPSTREAM, "upstream", "upstream"),
)
TEMPLATE = Kind(
    ObjectKind.TEMPLATE,
    "/api/v1/templates",
    "template",
    "template",
    shapes.TemplateView,
    shapes.TemplateRequest,
    shapes.TemplatePatch,
    shapes.TemplatePreview,
    ObjectQuery,
    _lookup(ObjectKind.TEMPLATE, "template", "template"),
    frozenset(built_in.DESCRIPTIONS),
)
