"""A virtual host as nginx's text, in the dialect of an edge. Pure: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nimbus.edge.dialects import Dialect
from nimbus.edge.host_names import host_names
from nimbus.edge.log_formats import access_log
from nimbus.edge.templates.parsing import Part
from nimbus.edge.templates.structure import server_starts
from nimbus.edge.templates.values import (
    VARIABLES,
    BlockName,
    Expression,
    FilePath,
    Item,
    Names,
    Value,
    Words,
    Written,
)
from nimbus.edge.templates.writing import write
from nimbus.edge.virtual_hosts.records import BackEnd, Location, VirtualHostSpec
from nimbus.edge.virtual_hosts.rewriting import groups_of, replacement
from nimbus.edge.virtual_hosts.rules import backend, location_path
from nimbus.protocol.nginx import words

HTTP_PORT = 80


class EdgePaths(NamedTuple):
    """Folders of the agent on the edge."""

    certificates: str = "/var/lib/nimbus-agent/edge/certificates"
    challenges_socket: str = "/run/nimbus-agent/edge/challenges.sock"
    access_log: str = "/var/lib/nimbus-agent/edge/access.log"


class Surroundings(NamedTuple):
    """What of an edge decides how a virtual host is written. `certificate` is the file name without its ending, ""
    without one; `upstreams` maps ids to the names of their blocks, and `tls` those that are spoken to over TLS to
    the directives for it."""

    dialect: Dialect
    has_ipv6: bool
    paths: EdgePaths
    certificate: str
    upstreams: Mapping[str, str]
    tls: Mapping[str, str]


class Configuration(NamedTuple):
    """`backends` are to have blocks of their own, by the names that stand in the text."""

    text: str
    backends: Mapping[str, BackEnd]
    listens: frozenset[Listen]


class Listen(NamedTuple):
    """A port that the edge must have open: by TCP with or without TLS, or by QUIC (UDP)."""

    port: int
    ssl: bool
    quic: bool
    http2: bool


def configuration(
    host_id: str,
    spec: VirtualHostSpec,
    template: Sequence[Part],
    edge: Surroundings,
    *,
    is_ours: bool = False,
) -> Configuration:
    """`spec` has been checked. Raises TemplateError, Unwritable."""
    writer = _Writer(host_id, spec, edge)
    body = _with_prelude(write(template, writer.values(), is_ours=is_ours), writer.prelude)
    return Configuration(writer.zone() + body, writer.backends, writer.listens())


def _with_prelude(text: str, prelude: str) -> str:
    """Every server block begins with what belongs into each."""
    end, written = 0, []
    for start in server_starts(text):
        written += [text[end:start], prelude]
        end = start
    return "".join([*written, text[end:]])


class _Writer:
    def __init__(self, host_id: str, spec: VirtualHostSpec, edge: Surroundings) -> None:
        self._name = host_id.replace("-", "")
        self._host_id, self._spec, self._edge = host_id, spec, edge
        self.backends: dict[str, BackEnd] = {}

    @property
    def prelude(self) -> str:
        """Whose requests these are, for the access log; and where certificate authorities look for us."""
        socket = self._edge.paths.challenges_socket
        return (
            # Names of headers have up to 64 characters; nginx's own sizes are for 40.
            "\n    proxy_headers_hash_bucket_size 128;"
            "\n    proxy_headers_hash_max_size 1024;"
            "\n    server_tokens off;"
            f"\n    {self._access_log()}"
            f"\n    set $nimbus_host {self._host_id};"
            "\n    location ^~ /.well-known/acme-challenge/ {"
            f"\n        proxy_pass http://unix:{socket};"
            "\n    }"
        )

    def _access_log(self) -> str:
        wanted = self._spec.logging
        if not wanted.enabled:
            return "access_log off;"
        return access_log(
            self._edge.paths.access_log, mask_client=wanted.mask_client, drop_query=wanted.drop_query
        )

    def zone(self) -> str:
        limit = self._spec.rate_limiting
        if limit is None:
            return ""
        unit = "r/s" if limit.per == "second" else "r/m"
        return f"limit_req_zone $binary_remote_addr zone=limit_{self._name}:1m rate={limit.rate}{unit};\n"

    def listens(self) -> frozenset[Listen]:
        spec = self._spec
        found = {Listen(spec.listen_port, spec.ssl_enabled, False, self._has_http2)}
        if self._has_http3:
            found.add(Listen(spec.listen_port, True, True, False))
        if self._redirects:
            found.add(Listen(HTTP_PORT, False, False, False))
        return frozenset(found)

    @property
    def _has_http2(self) -> bool:
        return self._spec.ssl_enabled and self._spec.http2 and self._edge.dialect.can_http2

    @property
    def _has_http3(self) -> bool:
        return self._spec.ssl_enabled and self._spec.http3 and self._edge.dialect.can_http3

    @property
    def _redirects(self) -> bool:
        return self._spec.ssl_enabled and self._spec.redirect_http and self._spec.listen_port != HTTP_PORT

    def values(self) -> dict[str, Value]:
        spec = self._spec
        certificate = f"{self._edge.paths.certificates}/{self._edge.certificate}"
        locations = [self._location(number, location) for number, location in enumerate(spec.locations)]
        limit = spec.rate_limiting
        own: dict[str, Value] = {
            "port": spec.listen_port,
            "ssl": spec.ssl_enabled,
            "http2": self._has_http2 and not self._edge.dialect.has_http2_directive,
            "http3": self._has_http3,
            "gzip": spec.gzip,
            "redirect_http": self._redirects,
            "server_name": Names(name.ascii for name in host_names(spec.server_name)),
            "listen": Written(self._listen()),
            "listen_http": Written(_lines(self._addresses(HTTP_PORT, ""))),
            "ssl_certificate_path": FilePath(certificate + ".pem"),
            "ssl_certificate_key_path": FilePath(certificate + ".key"),
            "max_body": f"{spec.max_body}m" if spec.max_body else "0",
            "rate_limiting": limit is not None,
            "rate_limit_zone": f"limit_{self._name}",
            "rate_limit_burst": limit.burst if limit else 0,
            "rate_limit": Written(self._rate_limit()),
            "real_address": Written(self._real_address()),
            "locations": locations,
        }
        # A template may be written for one location.
        first = locations[0] if locations and isinstance(locations[0], Mapping) else {}
        return {**first, **own}

    def _listen(self) -> str:
        dialect, port = self._edge.dialect, self._spec.listen_port
        old_http2 = " http2" if self._has_http2 and not dialect.has_http2_directive else ""
        lines = self._addresses(port, (" ssl" if self._spec.ssl_enabled else "") + old_http2)
        if self._has_http3:
            lines += self._addresses(port, " quic")
        if self._has_http2 and dialect.has_http2_directive:
            lines.append("http2 on;")
        return _lines(lines)

    def _addresses(self, port: int, options: str) -> list[str]:
        both = [f"listen {port}{options};"]
        return [*both, f"listen [::]:{port}{options};"] if self._edge.has_ipv6 else both

    def _rate_limit(self) -> str:
        limit = self._spec.rate_limiting
        if limit is None:
            return ""
        burst = f" burst={limit.burst}" if limit.burst else ""
        delay = "" if limit.delay or not limit.burst else " nodelay"
        return f"limit_req zone=limit_{self._name}{burst}{delay};\n    limit_req_status 429;"

    def _real_address(self) -> str:
        proxies = [f"set_real_ip_from {network};" for network in self._spec.trusted_proxies]
        return _lines(
            [*proxies, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;"] if proxies else []
        )

    def _location(self, number: int, location: Location) -> Item:
        path = location_path(location.path, "path")
        custom = [
            {"name": header.name, "value": Expression(header.value)} for header in location.custom_headers
        ]
        return {
            "location_path": Words((path.modifier, path.path) if path.modifier else (path.path,)),
            "upstream_name": BlockName(self._upstream_name(number, location)),
            "root": FilePath(location.root or ""),
            "index": location.index or "index.html",
            "websocket": location.websocket,
            "is_proxy": location.root is None and location.redirect is None,
            "is_static": location.root is not None,
            "is_redirect": location.redirect is not None,
            "custom_headers": custom,
            "access": Written(_lines(self._access(location), 2)),
            "headers": Written(_lines(self._headers(location), 2)),
            "rewrites": Written(_lines(self._rewrites(location), 2)),
            "answer": Written(_lines(self._answer(number, location), 2)),
        }

    def _access(self, location: Location) -> list[str]:
        return [*(f"allow {network};" for network in location.allow), "deny all;"] if location.allow else []

    def _headers(self, location: Location) -> list[str]:
        """All of them: nginx takes none from outside of a location that has one of its own."""
        spec = self._spec
        lines = [f'add_header Strict-Transport-Security "max-age={spec.hsts}" always;'] if spec.hsts else []
        if self._has_http3:
            lines.append(f"add_header Alt-Svc 'h3=\":{spec.listen_port}\"; ma=86400' always;")
        return lines + [
            f"add_header {header.name} {words.interpolated(header.value, VARIABLES)} always;"
            for header in location.custom_headers
        ]

    def _rewrites(self, location: Location) -> list[str]:
        lines = []
        for rule in location.rewrite_rules:
            groups = groups_of(rule.pattern, "pattern")
            target = replacement(rule.replacement, groups, VARIABLES, "replacement")
            lines.append(f"rewrite {words.word(rule.pattern)} {target} {rule.flag};")
        return lines

    def _answer(self, number: int, location: Location) -> list[str]:
        if location.redirect is not None:
            return [f"return {location.redirect_status} {words.interpolated(location.redirect, VARIABLES)};"]
        if location.root is not None:
            return self._files(location)
        return self._proxy(number, location)

    def _files(self, location: Location) -> list[str]:
        index = location.index or "index.html"
        return [f"root {location.root};", f"index {index};", "try_files $uri $uri/ =404;"]

    def _upstream_name(self, number: int, location: Location) -> str:
        if location.upstream_id is not None:
            return self._edge.upstreams[location.upstream_id]
        if location.proxy_pass is None:
            return ""
        found, _ = backend(location.proxy_pass, "proxy_pass")
        name = f"backend_{self._name}_{number}"
        self.backends[name] = found
        return name

    def _proxy(self, number: int, location: Location) -> list[str]:
        name = self._upstream_name(number, location)
        if location.proxy_pass is not None:
            found, path = backend(location.proxy_pass, "proxy_pass")
            tls = _tls_to(found) if found.tls else []
        else:
            path = location.upstream_path or ""
            directives = self._edge.tls.get(location.upstream_id or "")
            tls = directives.splitlines() if directives else []
        scheme = "https" if tls else "http"
        timeout = location.proxy_timeout
        return [
            f"proxy_pass {words.interpolated(f'{scheme}://{name}{path}')};",
            *tls,
            "proxy_http_version 1.1;",
            *self._request_headers(location),
            f"proxy_connect_timeout {min(timeout, 60)}s;",
            f"proxy_read_timeout {timeout}s;",
            f"proxy_send_timeout {timeout}s;",
            # nginx's own limit of 1 GiB ends longer downloads.
            "proxy_max_temp_file_size 0;",
            *([] if location.buffering else ["proxy_buffering off;", "proxy_request_buffering off;"]),
        ]

    def _request_headers(self, location: Location) -> list[str]:
        """The client's own word on where it comes from is replaced, unless a trusted proxy vouches for it."""
        forwarded = "$proxy_add_x_forwarded_for" if self._spec.trusted_proxies else "$remote_addr"
        wanted = {
            "Host": "$host",
            "X-Real-IP": "$remote_addr",
            "X-Forwarded-For": forwarded,
            "X-Forwarded-Proto": "$scheme",
            "X-Forwarded-Host": "$host",
            "X-Request-Id": "$request_id",
        }
        lines = {name.lower(): f"proxy_set_header {name} {value};" for name, value in wanted.items()}
        if location.websocket or self._spec.template == "websocket":
            lines["upgrade"] = "proxy_set_header Upgrade $http_upgrade;"
            lines["connection"] = "proxy_set_header Connection $nimbus_connection;"
        else:
            lines["connection"] = 'proxy_set_header Connection "";'
        for header in location.request_headers:
            value = words.interpolated(header.value, VARIABLES)
            lines[header.name.lower()] = f"proxy_set_header {header.name} {value};"
        return list(lines.values())


def _tls_to(found: BackEnd) -> list[str]:
    """The name that was given, not that of the block, is asked for and must be certified."""
    name = found.address.rpartition(":")[0]
    return [
        "proxy_ssl_server_name on;",
        f"proxy_ssl_name {words.interpolated(name)};",
        "proxy_ssl_verify on;",
        "proxy_ssl_verify_depth 4;",
        "proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;",
    ]


def _lines(lines: Sequence[str], indent: int = 1) -> str:
    return ("\n" + "    " * indent).join(lines)
