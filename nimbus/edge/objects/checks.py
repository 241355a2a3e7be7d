"""What must hold of a version before it is kept: by itself, with what it names, and as the text made of it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from nimbus.db import Transaction
from nimbus.edge.dialects import CLASSES
from nimbus.edge.host_names import covers_name, host_names
from nimbus.edge.objects import store
from nimbus.edge.objects.reading import Spec, host_spec, host_version
from nimbus.edge.objects.records import EdgeObject, HostPort, ObjectKind, Reference
from nimbus.edge.rendering.samples import SAMPLES
from nimbus.edge.rendering.virtual_hosts import HostVersion, UsedTemplate, answered, make
from nimbus.edge.templates import built_in
from nimbus.edge.templates.parsing import Misplaced, TemplateError, parse
from nimbus.edge.templates.records import TemplateSpec
from nimbus.edge.upstreams import rules as upstream_rules
from nimbus.edge.upstreams.records import UpstreamSpec
from nimbus.edge.virtual_hosts import rules as host_rules
from nimbus.edge.virtual_hosts.records import VirtualHostSpec
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.ids import is_id
from nimbus.kernel.routing import Target

# A template is tried with so many of the virtual hosts that use it; the others are when they are deployed.
TRIED_HOSTS = 25
_REMEMBERED = 4096
# The number of a version that is not kept yet.
_NOT_YET = -1


class CertificateFacts(NamedTuple):
    """What of a certificate decides whether a virtual host can have it. `names` are those that it is for."""

    id: str
    name: str
    names: Sequence[str]


# By id or name, of a workspace; None: it has none such.
FindCertificate = Callable[[Transaction, str, str], CertificateFacts | None]


def no_certificates(_tx: Transaction, _workspace_id: str, _reference: str) -> CertificateFacts | None:
    return None


class Checked(NamedTuple):
    """`spec` has ids for names; `answers`: names and ports."""

    spec: Spec
    references: tuple[Reference, ...] = ()
    answers: tuple[HostPort, ...] = ()


class Checks:
    def __init__(self, nodes: Nodes, find_certificate: FindCertificate = no_certificates) -> None:
        self._nodes = nodes
        self._find_certificate = find_certificate
        # What was rendered without a fault: it is done before the transaction that saves, and not again in it.
        self._proven: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, tx: Transaction, actor: Actor, workspace_id: str, object_id: str, spec: Spec) -> Checked:
        """Raises ValidationError, with all fields that are wrong where that can be told."""
        if isinstance(spec, VirtualHostSpec):
            return self._host(tx, actor, workspace_id, object_id, spec)
        if isinstance(spec, UpstreamSpec):
            return self._upstream(tx, actor, object_id, spec)
        return self._template(tx, object_id, spec)

    # Virtual hosts.

    def _host(
        self, tx: Transaction, actor: Actor, workspace_id: str, host_id: str, given: VirtualHostSpec
    ) -> Checked:
        spec = host_rules.checked(given)
        spec, references = self._with_ids(tx, actor, workspace_id, host_id, spec)
        answers = tuple(HostPort(name, port) for name, port in answered(spec))
        require_free(tx, workspace_id, host_id, answers)
        try:
            self._prove(host_version(tx, host_id, 0, spec))
        except TemplateError as error:
            raise invalid("template", str(error)) from None
        return Checked(spec, references, answers)

    def _with_ids(
        self, tx: Transaction, actor: Actor, workspace_id: str, host_id: str, spec: VirtualHostSpec
    ) -> tuple[VirtualHostSpec, tuple[Reference, ...]]:
        references: list[Reference] = []
        locations = list(spec.locations)
        for number, location in enumerate(spec.locations):
            if location.upstream_id is not None:
                field = f"locations[{number}].upstream_id"
                used = _named(tx, ObjectKind.UPSTREAM, workspace_id, location.upstream_id, field)
                references.append(Reference(field, "upstream", used.id))
                locations[number] = msgspec.structs.replace(location, upstream_id=used.id)
        template = spec.template.strip().lower()
        if template not in built_in.DESCRIPTIONS:
            template = _named(tx, ObjectKind.TEMPLATE, workspace_id, template, "template").id
            references.append(Reference("template", "template", template))
        certificate_id = self._certificate(tx, workspace_id, spec, references)
        targets = spec.target_agents
        if targets.node is not None:
            node = self._node(tx, actor, host_id, targets.node, "target_agents.node", references)
            targets = msgspec.structs.replace(targets, node=node)
        changed = msgspec.structs.replace(
            spec,
            locations=tuple(locations),
            template=template,
            ssl_certificate_id=certificate_id,
            target_agents=targets,
        )
        return changed, tuple(references)

    def _certificate(
        self, tx: Transaction, workspace_id: str, spec: VirtualHostSpec, references: list[Reference]
    ) -> str | None:
        field, reference = "ssl_certificate_id", spec.ssl_certificate_id
        if reference is None:
            return None
        found = self._find_certificate(tx, workspace_id, reference.strip().lower())
        if found is None:
            raise invalid(
                field,
                f"there is no certificate {reference!r} in this workspace",
                next_step="Upload or order one first, in the same workspace.",
            )
        for name in host_names(spec.server_name):
            if not any(covers_name(certified, name.ascii) for certified in found.names):
                raise invalid(field, f"the certificate {found.name} is not for {name.shown}")
        references.append(Reference(field, "certificate", found.id))
        return found.id

    def _node(
        self,
        tx: Transaction,
        actor: Actor,
        object_id: str,
        reference: str,
        field: str,
        references: list[Reference],
    ) -> str:
        """One that is named already stays, whoever saves; another one must be theirs to read."""
        before = {known.id for known in store.references(tx, [object_id]).get(object_id, ())}
        if is_id(reference) and reference.lower() in before and self._nodes.find(tx, reference.lower()):
            node_id = reference.lower()
        else:
            try:
                node_id = self._nodes.resolve(tx, actor, Permission.AGENT_READ, Target(reference)).id
            except (NotFound, Conflict) as error:
                raise invalid(field, error.message, next_step=error.next_step) from None
        references.append(Reference(field, "node", node_id))
        return node_id

    # Upstreams.

    def _upstream(self, tx: Transaction, actor: Actor, upstream_id: str, given: UpstreamSpec) -> Checked:
        spec = upstream_rules.checked(given)
        references: list[Reference] = []
        servers = list(spec.servers)
        for number, server in enumerate(spec.servers):
            if server.node is not None:
                field = f"servers[{number}].node"
                node = self._node(tx, actor, upstream_id, server.node, field, references)
                servers[number] = msgspec.structs.replace(server, node=node)
        kept = msgspec.structs.replace(spec, servers=tuple(servers))
        upstream_rules.require_different(kept.servers)
        return Checked(kept, tuple(references))

    # Templates.

    def _template(self, tx: Transaction, template_id: str, spec: TemplateSpec) -> Checked:
        try:
            parse(spec.text)
        except TemplateError as error:
            raise invalid("text", str(error)) from None
        used = UsedTemplate(template_id, _NOT_YET, spec.text)
        self._try_samples(used)
        users = store.uses(tx, [template_id]).get(template_id, ())
        for use in users[:TRIED_HOSTS]:
            host = store.get(tx, ObjectKind.VIRTUAL_HOST, use.id)
            if host is not None:
                self._try_host(tx, host, used)
        return Checked(spec)

    def _try_samples(self, used: UsedTemplate) -> None:
        """It can be written for one of them at least, and has nothing that is not allowed with any. Raises
        ValidationError."""
        unfit: list[Misplaced] = []
        for sample in SAMPLES:
            try:
                self._prove(sample._replace(template=used))
            except Misplaced as error:
                unfit.append(error)
            except TemplateError as error:
                raise invalid("text", str(error)) from None
        if len(unfit) == len(SAMPLES):
            raise invalid("text", str(unfit[0]))

    def _try_host(self, tx: Transaction, host: EdgeObject, used: UsedTemplate) -> None:
        spec = host_spec(tx, host.id, host.version)
        version = host_version(tx, host.id, host.version, spec)._replace(template=used)
        try:
            self._prove(version)
        except TemplateError as error:
            message = f"the virtual host {host.name} cannot be written with it: {error}"
            raise invalid("text", message) from None

    def _prove(self, host: HostVersion) -> None:
        """Its text can be written for every class of nginx. Raises TemplateError."""
        mark = _mark(host)
        with self._lock:
            if mark in self._proven:
                self._proven.move_to_end(mark)
                return
        for dialect in CLASSES.values():
            make(host, dialect, has_ipv6=True)
        with self._lock:
            self._proven[mark] = None
            while len(self._proven) > _REMEMBERED:
                self._proven.popitem(last=False)


def _mark(host: HostVersion) -> bytes:
    used = sorted((upstream_id, used.version) for upstream_id, used in host.upstreams.items())
    template = host.template
    whole = [host.id, host.spec, template.id, template.version, template.text, used]
    return hashlib.sha256(msgspec.json.encode(whole)).digest()


def _named(tx: Transaction, kind: ObjectKind, workspace_id: str, reference: str, field: str) -> EdgeObject:
    """By id or name. Raises ValidationError."""
    given = reference.strip().lower()
    found = store.get(tx, kind, given) if is_id(given) else store.find(tx, kind, workspace_id, given)
    if found is None or found.workspace_id != workspace_id:
        noun = kind.value.replace("_", " ")
        raise invalid(
            field,
            f"there is no {noun} {reference!r} in this workspace",
            next_step=f"See them with: nimbus {kind.value} list",
        )
    return found


def require_free(tx: Transaction, workspace_id: str, host_id: str, answers: Sequence[HostPort]) -> None:
    """Each name and port is one virtual host's. Raises Conflict, which names the other."""
    taken = store.answered_by_others(tx, workspace_id, host_id, answers)
    if not taken:
        return
    first, other = taken[0]
    raise Conflict(
        f"{first.name} on port {first.port} is answered by the virtual host {other} already",
        next_step="Take the name or the port away there first, or choose another one here.",
        details=[
            {"field": "server_name", "message": f"{host.name} on port {host.port} is {name}'s"}
            for host, name in taken[:20]
        ],
    )
