"""What is in the versions of objects, for whoever gives them to edges. In transactions; no permission is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, cast

import msgspec

from nimbus.db import Transaction
from nimbus.edge.objects import store
from nimbus.edge.objects.records import EdgeObject, EdgeVersion, ObjectKind, Use
from nimbus.edge.rendering.virtual_hosts import HostVersion, UsedTemplate, UsedUpstream
from nimbus.edge.templates import built_in
from nimbus.edge.templates.records import TemplateSpec
from nimbus.edge.upstreams.records import UpstreamSpec
from nimbus.edge.virtual_hosts.records import VirtualHostSpec
from nimbus.kernel.errors import NotFound

Spec = VirtualHostSpec | UpstreamSpec | TemplateSpec
SPECS: dict[ObjectKind, type[Spec]] = {
    ObjectKind.VIRTUAL_HOST: VirtualHostSpec,
    ObjectKind.UPSTREAM: UpstreamSpec,
    ObjectKind.TEMPLATE: TemplateSpec,
}


class Dependencies(NamedTuple):
    """What a version of a virtual host uses. `upstreams` and `template` with their current versions; 0 is that of a
    built-in template, whose id is its name. `certificate_id` "": none."""

    upstreams: dict[str, int]
    template_id: str
    template_version: int
    certificate_id: str


def decoded(kind: ObjectKind, version: EdgeVersion) -> Spec:
    return msgspec.json.decode(version.spec, type=SPECS[kind])


def version_of(tx: Transaction, object_id: str, number: int) -> EdgeVersion:
    """Raises NotFound."""
    version = store.version(tx, object_id, number)
    if version is None:
        raise NotFound(f"there is no version {number}", next_step="See which there are: versions.")
    return version


def current_objects(
    tx: Transaction, workspaces: Collection[str] | None, kind: ObjectKind | None = None
) -> list[EdgeObject]:
    """Of these workspaces (None: of all), each with the number of its current version."""
    return store.in_workspaces(tx, workspaces, kind)


def object_of(tx: Transaction, kind: ObjectKind, object_id: str) -> EdgeObject | None:
    return store.get(tx, kind, object_id)


def host_spec(tx: Transaction, host_id: str, number: int) -> VirtualHostSpec:
    """Raises NotFound."""
    return cast("VirtualHostSpec", decoded(ObjectKind.VIRTUAL_HOST, version_of(tx, host_id, number)))


def upstream_spec(tx: Transaction, upstream_id: str, number: int) -> UpstreamSpec:
    """Raises NotFound."""
    return cast("UpstreamSpec", decoded(ObjectKind.UPSTREAM, version_of(tx, upstream_id, number)))


def template_spec(tx: Transaction, template_id: str, number: int) -> TemplateSpec:
    """Raises NotFound."""
    return cast("TemplateSpec", decoded(ObjectKind.TEMPLATE, version_of(tx, template_id, number)))


def dependencies(tx: Transaction, spec: VirtualHostSpec) -> Dependencies:
    """Raises NotFound when something is gone that an old version used."""
    upstreams = {location.upstream_id for location in spec.locations if location.upstream_id is not None}
    versions = {
        upstream_id: _current(tx, ObjectKind.UPSTREAM, upstream_id) for upstream_id in sorted(upstreams)
    }
    is_ours = spec.template in built_in.DESCRIPTIONS
    template_version = 0 if is_ours else _current(tx, ObjectKind.TEMPLATE, spec.template)
    certificate = spec.ssl_certificate_id if spec.ssl_enabled else None
    return Dependencies(versions, spec.template, template_version, certificate or "")


def host_version(
    tx: Transaction,
    host_id: str,
    number: int,
    spec: VirtualHostSpec,
    versions: Mapping[str, int] | None = None,
) -> HostVersion:
    """What `Renderer.render` takes. `versions`: which one of an upstream or a template, by id; of one that is not
    named the current one. Raises NotFound."""
    named = versions or {}
    uses = dependencies(tx, spec)
    upstreams = {
        upstream_id: _used_upstream(tx, upstream_id, named.get(upstream_id, current))
        for upstream_id, current in uses.upstreams.items()
    }
    template = UsedTemplate(uses.template_id, 0)
    if uses.template_version:
        chosen = named.get(uses.template_id, uses.template_version)
        template = UsedTemplate(uses.template_id, chosen, template_spec(tx, uses.template_id, chosen).text)
    return HostVersion(host_id, number, spec, template, upstreams)


def _used_upstream(tx: Transaction, upstream_id: str, number: int) -> UsedUpstream:
    return UsedUpstream(number, upstream_spec(tx, upstream_id, number))


def _current(tx: Transaction, kind: ObjectKind, object_id: str) -> int:
    found = store.get(tx, kind, object_id)
    if found is None:
        noun = kind.value.replace("_", " ")
        raise NotFound(f"the {noun} {object_id} that it uses is gone", next_step="Choose another one.")
    return found.version


def users_of(tx: Transaction, ids: Sequence[str]) -> Mapping[str, Sequence[Use]]:
    """Which objects use each of these certificates, nodes, upstreams or templates, in their current versions."""
    return store.uses(tx, ids)
