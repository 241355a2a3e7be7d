"""What would become of an object, without keeping anything: the text for each class of nginx, or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from nimbus.db import Database, Transaction
from nimbus.edge.dialects import CLASSES
from nimbus.edge.objects.checks import Checks
from nimbus.edge.objects.differences import FieldChange, field_changes
from nimbus.edge.objects.kinds import Kind
from nimbus.edge.objects.reading import Spec, decoded, host_version, version_of
from nimbus.edge.objects.records import EdgeObject, ObjectKind
from nimbus.edge.objects.service import EdgeObjects
from nimbus.edge.rendering.samples import SAMPLES
from nimbus.edge.rendering.upstreams import block_name
from nimbus.edge.rendering.virtual_hosts import UsedTemplate, make
from nimbus.edge.templates.parsing import TemplateError
from nimbus.edge.templates.records import TemplateSpec
from nimbus.edge.upstreams.records import UpstreamSpec
from nimbus.edge.virtual_hosts.records import VirtualHostSpec
from nimbus.edge.virtual_hosts.requests import sent_as
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.described import changed_words
from nimbus.kernel.errors import Conflict, ValidationError, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import check_text
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.nginx.upstreams import Server, upstream_block

_LINE = re.compile(r"\bline (\d+): ")


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """`nginx`: the releases that are given this text, by the oldest of their kind."""

    nginx: tuple[str, ...]
    name: str
    text: str


class ProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """`line` of the template's text; null: it is about the field as a whole."""

    field: str
    message: str
    line: int | None = None


class PreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """Without problems there are files. `requests`: for each location, which path is sent as which. `changes`: what
    a new version would say otherwise than the current one."""

    problems: tuple[ProblemView, ...] = ()
    files: tuple[FileView, ...] = ()
    requests: tuple[str, ...] = ()
    changes: tuple[FieldChange, ...] = ()


class Previews:
    def __init__(
        self,
        kind: Kind,
        database: Database,
        organizations: Organizations,
        objects: EdgeObjects,
        checks: Checks,
    ) -> None:
        self._kind, self._database, self._organizations = kind, database, organizations
        self._objects, self._checks = objects, checks

    async def new(self, actor: Actor, request: Any, workspace: str = "") -> PreviewView:
        """Of one that is not there."""
        if workspace and request.workspace:
            raise invalid("workspace", "is named by the query already")

        def preview(tx: Transaction) -> PreviewView:
            reference = workspace or request.workspace
            home = self._organizations.resolve(tx, actor, Permission.CONFIG_READ, reference)
            return self._preview(tx, actor, home.id, new_id(), self._kind.spec_of(request), None)

        return await self._database.read(preview)

    async def changed(self, actor: Actor, target: Target, patch: Any) -> PreviewView:
        """Of one that is there, with these changes."""

        def preview(tx: Transaction) -> PreviewView:
            present = self._for_change(tx, actor, target)
            changed_words(present, patch)
            check_text(patch.summary, "summary")
            spec = self._objects.patched(tx, present, patch)
            return self._preview(tx, actor, present.workspace_id, present.id, spec, present)

        return await self._database.read(preview)

    def _for_change(self, tx: Transaction, actor: Actor, target: Target) -> EdgeObject:
        return self._objects.resolve(tx, actor, Permission.CONFIG_READ, target)

    def _preview(
        self,
        tx: Transaction,
        actor: Actor,
        workspace_id: str,
        object_id: str,
        given: Spec,
        present: EdgeObject | None,
    ) -> PreviewView:
        try:
            spec = self._checks.check(tx, actor, workspace_id, object_id, given).spec
            files = files_of(tx, object_id, present.version + 1 if present else 1, spec)
        except (ValidationError, Conflict) as error:
            return PreviewView(problems=tuple(problems_of(error)))
        requests = sent_as(spec) if isinstance(spec, VirtualHostSpec) else ()
        changes = _changes(tx, present, spec) if present is not None else ()
        return PreviewView(files=files, requests=requests, changes=changes)


def _changes(tx: Transaction, present: EdgeObject, spec: Spec) -> tuple[FieldChange, ...]:
    before = decoded(present.kind, version_of(tx, present.id, present.version))
    return tuple(field_changes(msgspec.to_builtins(before), msgspec.to_builtins(spec)))


def problems_of(error: ValidationError | Conflict) -> list[ProblemView]:
    details = error.details or [{"field": "body", "message": error.message}]
    return [_problem(detail["field"], detail["message"]) for detail in details]


def _problem(field: str, message: str) -> ProblemView:
    found = _LINE.search(message)
    return ProblemView(field=field, message=message, line=int(found[1]) if found else None)


def files_of(tx: Transaction, object_id: str, number: int, spec: Spec) -> tuple[FileView, ...]:
    """Of a version. Raises ValidationError, NotFound."""
    if isinstance(spec, VirtualHostSpec):
        kind, host = ObjectKind.VIRTUAL_HOST, host_version(tx, object_id, number, spec)
        try:
            made = {name: make(host, dialect, has_ipv6=True).text for name, dialect in CLASSES.items()}
        except TemplateError as error:
            raise invalid("template", str(error)) from None
    elif isinstance(spec, UpstreamSpec):
        kind, made = ObjectKind.UPSTREAM, dict.fromkeys(CLASSES, _block(object_id, spec))
    else:
        kind, made = ObjectKind.TEMPLATE, _with_a_sample(object_id, spec)
    return tuple(_alike(made.items(), f"{kind.value}-{object_id}.conf"))


def _alike(made: Iterable[tuple[str, str]], name: str) -> list[FileView]:
    """Each text once."""
    by_text: dict[str, list[str]] = {}
    for release, text in made:
        by_text.setdefault(text, []).append(release)
    return [FileView(nginx=tuple(releases), name=name, text=text) for text, releases in by_text.items()]


def _block(upstream_id: str, spec: UpstreamSpec) -> str:
    """As the agent writes it, with names and nodes where the addresses will be that they have then."""
    servers = [
        Server(
            server.address or f"{server.node}:{server.port}",
            server.weight,
            server.backup,
            server.down,
            server.max_fails,
            server.fail_timeout,
        )
        for server in spec.servers
    ]
    name, algorithm = block_name(upstream_id), spec.algorithm.value
    return upstream_block(name, servers, algorithm, spec.keepalive, spec.keepalive_timeout)


def _with_a_sample(template_id: str, spec: TemplateSpec) -> dict[str, str]:
    """A virtual host that it fits, written with it."""
    used = UsedTemplate(template_id, 0, spec.text)
    failed: TemplateError | None = None
    for sample in SAMPLES:
        try:
            host = sample._replace(template=used)
            return {name: make(host, dialect, has_ipv6=True).text for name, dialect in CLASSES.items()}
        except TemplateError as error:
            failed = failed or error
    raise invalid("text", str(failed))
