"""The text of a virtual host, made once for each set of versions and class of nginx."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from nimbus.edge.dialects import Dialect
from nimbus.edge.host_names import host_names
from nimbus.edge.rendering.upstreams import block_name, tls_directives
from nimbus.edge.templates import built_in
from nimbus.edge.templates.parsing import TemplateError, parse
from nimbus.edge.upstreams.records import UpstreamSpec
from nimbus.edge.virtual_hosts.configuration import HTTP_PORT, EdgePaths, Listen, Surroundings, configuration
from nimbus.edge.virtual_hosts.records import BackEnd, VirtualHostSpec
from nimbus.kernel.errors import invalid
from nimbus.protocol.nginx.words import Unwritable

# Characters of all texts that are kept.
CACHE_CHARACTERS = 32 * 1024 * 1024


class UsedTemplate(NamedTuple):
    """`id` and `version` of a template of an operator; the name and 0 of a built-in one, which has no text here."""

    id: str
    version: int
    text: str = ""


class UsedUpstream(NamedTuple):
    version: int
    spec: UpstreamSpec


class HostVersion(NamedTuple):
    """A version of a virtual host, with the versions that it uses. `upstreams`: by id."""

    id: str
    version: int
    spec: VirtualHostSpec
    template: UsedTemplate
    upstreams: Mapping[str, UsedUpstream]


class Rendered(NamedTuple):
    """`backends`: the upstream blocks that belong to this host alone, by name. `upstreams`: ids to the names of
    their blocks. `names` in A-labels."""

    text: str
    sha256: str
    backends: Mapping[str, BackEnd]
    upstreams: Mapping[str, str]
    listens: frozenset[Listen]
    names: tuple[str, ...]


_Key = tuple[object, ...]


class Renderer:
    """Keeps what it has made, for all threads."""

    def __init__(self, paths: EdgePaths = EdgePaths()) -> None:  # noqa: B008  (frozen)
        self._paths = paths
        self._kept: OrderedDict[_Key, Rendered] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def render(self, host: HostVersion, dialect: Dialect, *, has_ipv6: bool) -> Rendered:
        """Raises ValidationError: with the field, or with the line of the template."""
        key = _key(host, dialect, has_ipv6)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        made = render(host, dialect, has_ipv6=has_ipv6, paths=self._paths)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._characters += len(made.text)
            while self._characters > CACHE_CHARACTERS:
                _, dropped = self._kept.popitem(last=False)
                self._characters -= len(dropped.text)
        return made


def _key(host: HostVersion, dialect: Dialect, has_ipv6: bool) -> _Key:
    used = tuple(sorted((upstream_id, used.version) for upstream_id, used in host.upstreams.items()))
    kind = dialect.has_http2_directive, dialect.can_http2, dialect.can_http3
    return host.id, host.version, host.template.id, host.template.version, used, kind, has_ipv6


def render(
    host: HostVersion,
    dialect: Dialect,
    *,
    has_ipv6: bool,
    paths: EdgePaths = EdgePaths(),  # noqa: B008  (frozen)
) -> Rendered:
    """Raises ValidationError: with the field, or with the line of the template."""
    try:
        return make(host, dialect, has_ipv6=has_ipv6, paths=paths)
    except TemplateError as error:
        raise invalid("template", str(error)) from None


def make(
    host: HostVersion,
    dialect: Dialect,
    *,
    has_ipv6: bool,
    paths: EdgePaths = EdgePaths(),  # noqa: B008  (frozen)
) -> Rendered:
    """Raises TemplateError."""
    blocks = {upstream_id: block_name(upstream_id) for upstream_id in host.upstreams}
    tls = {upstream_id: tls_directives(used.spec) for upstream_id, used in host.upstreams.items()}
    certificate = certificate_stem(host.spec.ssl_certificate_id or "")
    edge = Surroundings(dialect, has_ipv6, paths, certificate, blocks, tls)
    is_ours = not host.template.text
    parts = built_in.parsed(host.template.id) if is_ours else parse(host.template.text)
    try:
        made = configuration(host.id, host.spec, parts, edge, is_ours=is_ours)
    except Unwritable as error:
        raise TemplateError(str(error), 1) from None
    return Rendered(
        text=made.text,
        sha256=hashlib.sha256(made.text.encode()).hexdigest(),
        backends=made.backends,
        upstreams=blocks,
        listens=made.listens,
        names=tuple(name.ascii for name in host_names(host.spec.server_name)),
    )


def certificate_stem(certificate_id: str) -> str:
    """What a certificate's files are called on an edge, without an ending: a renewal changes no text."""
    return certificate_id


def answered(spec: VirtualHostSpec) -> tuple[tuple[str, int], ...]:
    """The names (A-labels) and ports that a virtual host answers; `.example.com` is itself and all below it."""
    ports = {spec.listen_port}
    if spec.ssl_enabled and spec.redirect_http:
        ports.add(HTTP_PORT)
    names: list[str] = []
    for name in host_names(spec.server_name):
        names += [name.ascii[1:], "*" + name.ascii] if name.ascii.startswith(".") else [name.ascii]
    return tuple((name, port) for port in sorted(ports) for name in dict.fromkeys(names))
