"""Pure decisions about virtual hosts: what an operator can say of one, field by field."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from nimbus.edge.host_names import host_names
from nimbus.edge.templates.values import VARIABLES
from nimbus.edge.virtual_hosts.records import BackEnd, Header, Location, Targets, VirtualHostSpec
from nimbus.edge.virtual_hosts.rewriting import groups_of, replacement
from nimbus.kernel.errors import all_valid, invalid
from nimbus.kernel.hosts import network_of
from nimbus.kernel.naming import check_labels
from nimbus.protocol.nginx import words
from nimbus.protocol.nginx.words import Unwritable

MAX_LOCATIONS = 200
MAX_NETWORKS = 256
# Folders of an edge from which files can be served. A path that is not in its one spelling is none.
ROOTS = ("/srv", "/var/www", "/usr/share/nginx/html")
# Without `$`: nginx would take the path for one with variables, and send every request to it alone.
_PATH = re.compile(r"/[A-Za-z0-9._~!&'()*+,;=:@%/-]*", re.ASCII)
_MODIFIED = re.compile(r"(=|\^~|~\*?)\s+(.*)", re.DOTALL)
_FOLDER = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+", re.ASCII)
_INDEX = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# nginx itself says where a message ends; who contradicts it has two servers read it differently.
_OF_THE_MESSAGE = frozenset({"content-length", "transfer-encoding", "te", "trailer"})
# Where an edge answers certificate authorities, in every server.
_CHALLENGES = "/.well-known/acme-challenge/"


class LocationPath(NamedTuple):
    """`modifier` is "", `=`, `^~`, `~` or `~*`."""

    modifier: str
    path: str

    @property
    def is_pattern(self) -> bool:
        return self.modifier in ("~", "~*")


def checked(spec: VirtualHostSpec) -> VirtualHostSpec:
    """With each part in its one spelling. Raises ValidationError, which names all fields that are wrong."""
    locations: list[Location] = []
    all_valid(
        lambda: host_names(spec.server_name),
        lambda: _check_tls(spec),
        lambda: _check_count(spec),
        *(
            lambda number=number, location=location: locations.append(
                _checked_location(location, f"locations[{number}]")
            )
            for number, location in enumerate(spec.locations[:MAX_LOCATIONS])
        ),
        lambda: networks(spec.trusted_proxies, "trusted_proxies"),
        lambda: _check_targets(spec.target_agents),
    )
    _require_different(locations)
    return msgspec.structs.replace(
        spec,
        server_name=tuple(name.shown for name in host_names(spec.server_name)),
        locations=tuple(locations),
        trusted_proxies=networks(spec.trusted_proxies, "trusted_proxies"),
    )


def _check_tls(spec: VirtualHostSpec) -> None:
    if spec.ssl_enabled and spec.ssl_certificate_id is None:
        raise invalid(
            "ssl_certificate_id",
            "a virtual host with TLS needs a certificate",
            next_step="Name one, or turn TLS off: ssl_enabled: false (--no-tls).",
        )
    if spec.http3 and not spec.ssl_enabled:
        raise invalid("http3", "HTTP/3 needs TLS")
    if spec.hsts and not spec.ssl_enabled:
        raise invalid("hsts", "HSTS needs TLS")


def _check_count(spec: VirtualHostSpec) -> None:
    if not 1 <= len(spec.locations) <= MAX_LOCATIONS:
        raise invalid("locations", f"must have 1 to {MAX_LOCATIONS} locations")


def _check_targets(targets: Targets) -> None:
    """What the kind needs is given, and nothing else."""
    if (targets.kind == "labels") != bool(targets.labels):
        raise invalid("target_agents.labels", "are given with the kind labels, and only with it")
    if (targets.kind == "node") != (targets.node is not None):
        raise invalid("target_agents.node", "is given with the kind node, and only with it")
    check_labels(targets.labels)


def _require_different(locations: Iterable[Location]) -> None:
    seen = set()
    for number, location in enumerate(locations):
        modifier, path = location_path(location.path, "")
        # nginx takes `/a` and `^~ /a` for the same.
        key = ("" if modifier == "^~" else modifier, path)
        if key in seen:
            raise invalid(f"locations[{number}].path", f"{location.path!r} is there already")
        seen.add(key)


def _checked_location(location: Location, field: str) -> Location:
    where = location_path(location.path, f"{field}.path")
    actions = [location.upstream_id, location.proxy_pass, location.root, location.redirect]
    if sum(action is not None for action in actions) != 1:
        raise invalid(field, "has exactly one of upstream_id, proxy_pass, root, redirect")
    if location.proxy_pass is not None:
        _, path = backend(location.proxy_pass, f"{field}.proxy_pass")
        _require_no_path(where, path, f"{field}.proxy_pass")
    if location.upstream_path is not None:
        if location.upstream_id is None or not _PATH.fullmatch(location.upstream_path):
            raise invalid(
                f"{field}.upstream_path", "must be a path such as /v2/ (%24 for $), beside upstream_id"
            )
        _require_no_path(where, location.upstream_path, f"{field}.upstream_path")
    if location.root is not None:
        folder(location.root, f"{field}.root")
    if location.index is not None and (location.root is None or not _INDEX.fullmatch(location.index)):
        raise invalid(f"{field}.index", "must be a file name such as index.html, beside root")
    if location.redirect is not None and not re.fullmatch(r"(https?://[^\s/]|/)\S*", location.redirect):
        raise invalid(f"{field}.redirect", "must be a URL such as https://www.example.com/, or a path")
    _check_word(location.redirect or "", f"{field}.redirect")
    for name in ("custom_headers", "request_headers"):
        _check_headers(getattr(location, name), f"{field}.{name}")
    for number, rule in enumerate(location.rewrite_rules):
        _check_rewrite(rule.pattern, rule.replacement, f"{field}.rewrite_rules[{number}]")
    path = f"{where.modifier} {where.path}".strip()
    return msgspec.structs.replace(location, path=path, allow=networks(location.allow, f"{field}.allow"))


def _require_no_path(where: LocationPath, path: str, field: str) -> None:
    if where.is_pattern and path:
        raise invalid(
            field, "cannot have a path: what a regular expression matches has no prefix to put it for"
        )


def location_path(text: str, field: str) -> LocationPath:
    """`/prefix`, `= /exact`, `^~ /prefix`, `~ pattern`, `~* pattern`. Raises ValidationError."""
    found = _MODIFIED.fullmatch(text.strip())
    modifier, path = (found[1], found[2]) if found else ("", text.strip())
    if modifier in ("~", "~*"):
        groups_of(path, field)
        try:
            words.check(path)
        except Unwritable as error:
            raise invalid(field, str(error)) from None
        return LocationPath(modifier, path)
    if modifier not in ("", "=", "^~") or not path.startswith("/") or not path.isprintable():
        raise invalid(field, f"{text!r} is no path such as /app/, = /exact or ~ \\.php$")
    if path.startswith(_CHALLENGES):
        raise invalid(
            field, f"{_CHALLENGES} belongs to the edge, which answers certificate authorities there"
        )
    return LocationPath(modifier, path)


def backend(url: str, field: str) -> tuple[BackEnd, str]:
    """`http://HOST:PORT/PATH` as what is spoken to and the path, "" without one. Raises ValidationError."""
    refused = invalid(field, f"{url!r} is no URL such as http://10.0.0.5:8080/")
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        host = parts.hostname or ""
    except ValueError:
        raise refused from None
    is_bare = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in _DEFAULT_PORTS or not is_bare or not url.isascii():
        raise refused
    if ":" in host:
        try:
            host = f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise refused from None
        if "%" in host:
            raise refused
    elif host == "unix" or not _HOST.fullmatch(host):
        raise refused
    if "$" in parts.path:
        raise invalid(field, f"{url!r}: write %24 for $ in a path")
    if parts.path and not _PATH.fullmatch(parts.path):
        raise refused
    return BackEnd(f"{host}:{port}", parts.scheme == "https"), parts.path


def folder(path: str, field: str) -> str:
    """One of `ROOTS`, or below one. Raises ValidationError."""
    below = any(path == root or path.startswith(root + "/") for root in ROOTS)
    if not below or not _FOLDER.fullmatch(path):
        raise invalid(field, f"must be a folder in {', '.join(ROOTS)}")
    return path


def networks(given: Iterable[str], field: str) -> tuple[str, ...]:
    """In their one spelling. Raises ValidationError."""
    listed = list(given)
    if len(listed) > MAX_NETWORKS:
        raise invalid(field, f"at most {MAX_NETWORKS} networks")
    found = []
    for text in listed:
        try:
            found.append(str(network_of(text.strip())))
        except ValueError:
            raise invalid(field, f"{text!r} is no network such as 192.0.2.0/24") from None
    return tuple(dict.fromkeys(found))


def _check_headers(headers: Iterable[Header], field: str) -> None:
    for number, header in enumerate(headers):
        if header.name.lower() in _OF_THE_MESSAGE:
            raise invalid(f"{field}[{number}].name", f"{header.name} is said by nginx alone")
        _check_word(header.value, f"{field}[{number}].value")


def _check_word(value: str, field: str) -> None:
    try:
        words.interpolated(value, VARIABLES)
    except Unwritable as error:
        raise invalid(field, str(error)) from None


def _check_rewrite(pattern: str, text: str, field: str) -> None:
    groups = groups_of(pattern, f"{field}.pattern")
    try:
        words.word(pattern)
    except Unwritable as error:
        raise invalid(f"{field}.pattern", str(error)) from None
    try:
        replacement(text, groups, VARIABLES, f"{field}.replacement")
    except Unwritable as error:
        raise invalid(f"{field}.replacement", str(error)) from None
