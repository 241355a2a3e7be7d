"""Directives of an nginx configuration as virtual hosts and upstreams, and what of it did not fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nimbus.cli.edge_objects.directives import Directive, Said
from nimbus.cli.edge_objects.proxy_manager import plain

_HSTS = "strict-transport-security"
_TIME = re.compile(r"(\d+)(ms|s|m|h|d)?")
_SECONDS = {"ms": 0, "s": 1, "m": 60, "h": 3600, "d": 86400, None: 1}
_SIZE = re.compile(r"(\d+)([kKmMgG]?)")
_MIB = {"": 1 / 1024 / 1024, "k": 1 / 1024, "m": 1, "g": 1024}
_ALGORITHMS = {"least_conn": "least_connections", "ip_hash": "ip_hash"}
# Headers of requests that Nimbus sets by itself.
_USUAL_HEADERS = frozenset(
    {"host", "x-real-ip", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id"}
)
# What Nimbus does in its own way, or is nginx's own usual value: nothing is lost without them.
_OURS = frozenset(
    {
        "access_log",
        "error_log",
        "default_type",
        "gzip_comp_level",
        "gzip_proxied",
        "gzip_types",
        "gzip_vary",
        "keepalive_timeout",
        "log_format",
        "proxy_http_version",
        "proxy_ssl_server_name",
        "sendfile",
        "server_tokens",
        "ssl_certificate_key",
        "ssl_ciphers",
        "ssl_prefer_server_ciphers",
        "ssl_protocols",
        "ssl_session_cache",
        "ssl_session_tickets",
        "ssl_session_timeout",
        "tcp_nodelay",
        "tcp_nopush",
        "types",
        "zone",
    }
)
_OF_A_LOCATION_OURS = frozenset({"proxy_connect_timeout", "proxy_request_buffering", "proxy_send_timeout"})
# Of a server, for locations that have nothing of the same group (nginx's rule of inheritance).
_GROUPS = (
    ("allow", "deny"),
    ("add_header",),
    ("proxy_set_header",),
    ("proxy_buffering",),
    ("proxy_read_timeout",),
)
# Who may come: a host without one of these would be open to more than it was.
_GUARDS = frozenset(
    {
        "auth_basic",
        "auth_jwt",
        "auth_request",
        "deny",
        "internal",
        "limit_except",
        "secure_link",
        "ssl_verify_client",
    }
)
_INHERITED = frozenset(name for names in _GROUPS for name in names)
_TOP = frozenset({"events", "http", "pid", "server", "upstream", "user", "worker_processes"})


@dataclass
class Imported:
    """`upstreams` and `hosts` are bodies of the API, `lost` is what did not fit."""

    upstreams: list[dict[str, Any]] = field(default_factory=list)
    hosts: list[dict[str, Any]] = field(default_factory=list)
    lost: list[Said] = field(default_factory=list)


def imported(directives: Iterable[Directive], certificate: str = "") -> Imported:
    """`certificate`: of the hosts with TLS."""
    return _Import(certificate).of(plain(directives))


class _Import:
    def __init__(self, certificate: str) -> None:
        self._certificate = certificate
        self._made = Imported()
        # Names of upstreams as nginx has them, to those that they get.
        self._upstreams: dict[str, str] = {}
        self._names: set[str] = set()
        # Servers that only redirect, and are a field of another now.
        self._become: list[Directive] = []
        # Of the server that is looked at: directives about who may come that did not fit.
        self._guards: list[str] = []

    def of(self, directives: Sequence[Directive]) -> Imported:
        inside = [*directives, *(one for top in directives if top.name == "http" for one in top.block or ())]
        for one in inside:
            if one.name == "upstream" and one.block is not None and one.arguments:
                self._upstream(one)
        servers = [one for one in inside if one.name == "server" and one.block is not None]
        redirects = [server for server in servers if _is_redirect(server)]
        for server in servers:
            if server not in redirects:
                self._server(server, redirects)
        for server in redirects:
            if server not in self._become:
                self._server(server, ())
        for one in inside:
            if one.name not in _TOP:
                self._lose(one)
        return self._made

    def _lose(self, one: Directive, why: str = "") -> None:
        if one.name in _OURS:
            return
        if one.name in _GUARDS and one.arguments != ("off",):
            self._guards.append(one.name)
        said = " ".join((one.name, *one.arguments))[:120]
        self._made.lost.append(Said(one.place, f"{said}: {why or 'not taken'}"))

    def _name(self, wanted: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[:55].strip("-") or "host"
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}-{number}"
        self._names.add(name)
        return name

    # Upstreams.

    def _upstream(self, block: Directive) -> None:
        body: dict[str, Any] = {"name": self._name(block.arguments[0]), "servers": []}
        for one in block.block or ():
            if one.name == "server" and one.arguments:
                body["servers"].append(self._upstream_server(one))
            elif one.name in _ALGORITHMS:
                body["algorithm"] = _ALGORITHMS[one.name]
            elif one.name == "keepalive" and one.arguments and one.arguments[0].isdigit():
                body["keepalive"] = min(int(one.arguments[0]), 1024)
            else:
                self._lose(one)
        self._upstreams[block.arguments[0]] = body["name"]
        self._made.upstreams.append(body)

    def _upstream_server(self, one: Directive) -> dict[str, Any]:
        address, *options = one.arguments
        if not address.startswith("unix:") and not re.search(r":\d+$", address):
            address += ":80"
        server: dict[str, Any] = {"address": address}
        for option in options:
            name, _, value = option.partition("=")
            if name in ("backup", "down"):
                server[name] = True
            elif name in ("weight", "max_fails") and value.isdigit():
                server[name] = int(value)
            elif name == "fail_timeout" and (seconds := _seconds(value)):
                server[name] = seconds
            else:
                self._made.lost.append(Said(one.place, f"{option} of the server {address}: not taken"))
        return server

    # Virtual hosts.

    def _server(self, server: Directive, redirects: Sequence[Directive]) -> None:
        names = [name for one in server.all("server_name") for name in one.arguments]
        for name in [name for name in names if name in ("_", "localhost", "") or name.startswith("~")]:
            self._made.lost.append(Said(server.place, f"server_name {name}: not a domain, not taken"))
            names.remove(name)
        if not names:
            self._made.lost.append(Said(server.place, "server: without a domain, not taken"))
            return
        self._guards.clear()
        whole = self._parts(server)
        if self._guards:
            why = f"without {', '.join(sorted(set(self._guards)))} it would be open to more than before, not taken"
            self._made.lost.append(Said(server.place, f"server {names[0]}: {why}"))
            return
        if not whole["locations"]:
            self._made.lost.append(Said(server.place, f"server {names[0]}: without a location, not taken"))
            return
        for port, ssl in sorted(_listens(server).items()):
            host = {"name": "", "server_name": names, "listen_port": port, "ssl_enabled": ssl, **whole}
            if ssl and not self._with_tls(server, host):
                continue
            if not ssl:
                host.pop("hsts", None)
            else:
                host["redirect_http"] = self._redirected(names, redirects)
            host["name"] = self._name(
                names[0].replace("*", "any") + ("" if port in (80, 443) else f"-{port}")
            )
            self._made.hosts.append(host)

    def _with_tls(self, server: Directive, host: dict[str, Any]) -> bool:
        if self._certificate:
            host["ssl_certificate_id"] = self._certificate
            return True
        why = "with TLS, not taken without a certificate: name one with --certificate"
        self._made.lost.append(
            Said(server.place, f"server {host['server_name'][0]} on port {host['listen_port']}: {why}")
        )
        return False

    def _redirected(self, names: list[str], redirects: Sequence[Directive]) -> bool:
        """A server that only redirects these names to TLS becomes a field of this host."""
        for redirect in redirects:
            theirs = {name for one in redirect.all("server_name") for name in one.arguments}
            if set(names) <= theirs:
                self._become.append(redirect)
                for name in sorted(theirs - set(names)):
                    self._made.lost.append(Said(redirect.place, f"the redirect of {name}: not taken"))
                return True
        return False

    def _parts(self, server: Directive) -> dict[str, Any]:
        """Fields that do not depend on the port."""
        body: dict[str, Any] = {}
        own: list[Directive] = []
        locations: list[dict[str, Any]] = []
        for one in server.block or ():
            if one.name in ("listen", "server_name", "ssl_certificate"):
                continue
            if one.name == "location" and one.block is not None:
                locations += self._location(one, server)
            elif one.name in ("root", "index", "return", "try_files"):
                own.append(one)
            elif one.name in _INHERITED:
                continue
            elif not self._host_field(one, body):
                self._lose(one)
        if seconds := _hsts(server):
            body["hsts"] = seconds
        has_root = any(one.name == "root" for one in own)
        if (has_root or any(one.name == "return" for one in own)) and not any(
            location["path"] == "/" for location in locations
        ):
            whole = Directive("location", ("/",), server.place, tuple(own))
            locations += self._location(whole, server)
        body["locations"] = locations
        return body

    def _host_field(self, one: Directive, body: dict[str, Any]) -> bool:
        value = one.arguments[0] if one.arguments else ""
        if one.name == "client_max_body_size" and (size := _mib(value)) is not None:
            body["max_body"] = size
        elif one.name in ("gzip", "http2") and value in ("on", "off"):
            body[one.name] = value == "on"
        elif one.name == "set_real_ip_from" and value:
            body.setdefault("trusted_proxies", []).append(value)
        else:
            return one.name in ("real_ip_header", "real_ip_recursive")
        return True

    # Locations.

    def _location(self, block: Directive, server: Directive) -> list[dict[str, Any]]:
        """None where nothing answers."""
        body: dict[str, Any] = {"path": " ".join(block.arguments)}
        if body["path"].startswith("@"):
            self._lose(block, "has only a name, not taken")
            return []
        inside = [*_inherited(block, server), *(block.block or ())]
        for one in inside:
            taken = self._proxy_pass(one, body) if one.name == "proxy_pass" else _of_location(one, body)
            if not taken:
                self._lose(one)
        if "allow" not in body and any(one.name == "deny" and one.arguments == ("all",) for one in inside):
            self._lose(block, "is closed to all, not taken")
            return []
        actions = [name for name in ("upstream_id", "proxy_pass", "root", "redirect") if name in body]
        if "root" in body and len(actions) > 1:
            del body["root"]
            body.pop("index", None)
        elif not actions:
            inherited = next((one.arguments[0] for one in server.all("root") if one.arguments), "")
            if not inherited:
                self._lose(block, "nothing answers there, not taken")
                return []
            body["root"] = inherited.rstrip("/")
        if "root" not in body:
            body.pop("index", None)
        return [body]

    def _proxy_pass(self, one: Directive, location: dict[str, Any]) -> bool:
        url = one.arguments[0] if one.arguments else ""
        found = re.fullmatch(r"(https?)://([^/:]+|\[[^]]+\])(:\d+)?(/.*)?", url)
        if found is None or "$" in url:
            return False
        scheme, host, port, path = found[1], found[2], found[3] or "", found[4] or ""
        if host not in self._upstreams or port:
            return _put(location, "proxy_pass", url)
        location["upstream_id"] = self._upstreams[host]
        if path:
            location["upstream_path"] = path
        if scheme == "https":
            why = "the upstream is spoken to over TLS: give it tls with a server_name"
            self._made.lost.append(Said(one.place, f"proxy_pass {url}: {why}"))
        return True


def _inherited(location: Directive, server: Directive) -> Iterator[Directive]:
    """What a location has of its server: each group where it has none of it itself."""
    for names in _GROUPS:
        if not any(True for _ in location.all(*names)):
            yield from server.all(*names)


def _hsts(server: Directive) -> int:
    """Seconds, of the server or one of its locations; 0 without it."""
    blocks = [server, *server.all("location")]
    headers = [one.arguments for block in blocks for one in block.all("add_header") if len(one.arguments) > 1]
    found = [re.search(r"max-age=(\d{1,9})", value) for name, value, *_ in headers if name.lower() == _HSTS]
    return min((int(match[1]) for match in found if match), default=0)


def _listens(server: Directive) -> dict[int, bool]:
    """Port to whether it has TLS."""
    found: dict[int, bool] = {}
    for one in server.all("listen"):
        address = one.arguments[0] if one.arguments else "80"
        port = re.search(r"(?:^|:)(\d+)$", address)
        if not address.startswith("unix:") and "quic" not in one.arguments:
            number = int(port[1]) if port else 80
            found[number] = found.get(number, False) or "ssl" in one.arguments or number == 443
    return found or {80: False}


def _is_redirect(server: Directive) -> bool:
    """It does nothing but send all to TLS."""
    rest = [one for one in server.block or () if one.name not in ("listen", "server_name", *_OURS)]
    returns = [one for one in rest if one.name == "return" and one.arguments[-1].startswith("https://$")]
    return len(rest) == len(returns) == 1


def _of_location(one: Directive, location: dict[str, Any]) -> bool:
    """Takes it into the body of a location, where it fits."""
    if one.name in _OF_A_LOCATION_OURS:
        return True
    take = _TAKES.get(one.name)
    return take is not None and bool(one.arguments) and take(one, location)


def _put(location: dict[str, Any], name: str, value: Any) -> bool:
    location[name] = value
    return True


def _append(location: dict[str, Any], name: str, value: Any) -> bool:
    if value != "all":
        location.setdefault(name, []).append(value)
    return True


def _return(one: Directive, location: dict[str, Any]) -> bool:
    status, *rest = one.arguments
    if len(rest) != 1 or status not in ("301", "302", "307", "308"):
        return False
    location["redirect"], location["redirect_status"] = rest[0], int(status)
    return True


def _add_header(one: Directive, location: dict[str, Any]) -> bool:
    if len(one.arguments) < 2:
        return False
    if one.arguments[0].lower() == _HSTS:
        return True  # is a field of the host
    return _append(location, "custom_headers", {"name": one.arguments[0], "value": one.arguments[1]})


def _proxy_set_header(one: Directive, location: dict[str, Any]) -> bool:
    if len(one.arguments) != 2:
        return False
    name, value = one.arguments
    if name.lower() in ("upgrade", "connection"):
        if name.lower() == "upgrade":
            location["websocket"] = True
        return True
    if name.lower() in _USUAL_HEADERS:
        return True
    return _append(location, "request_headers", {"name": name, "value": value})


def _rewrite(one: Directive, location: dict[str, Any]) -> bool:
    if len(one.arguments) < 2:
        return False
    flag = one.arguments[2] if len(one.arguments) > 2 else "last"
    rule = {"pattern": one.arguments[0], "replacement": one.arguments[1], "flag": flag}
    return _append(location, "rewrite_rules", rule)


def _timeout(one: Directive, location: dict[str, Any]) -> bool:
    seconds = _seconds(one.arguments[0])
    return bool(seconds) and _put(location, "proxy_timeout", min(seconds, 86400))


def _try_files(one: Directive, _location: dict[str, Any]) -> bool:
    """What is no file is not found: so it is with Nimbus."""
    return one.arguments[-1] == "=404"


def _deny(one: Directive, _location: dict[str, Any]) -> bool:
    """All that is not allowed is denied."""
    return one.arguments[0] == "all"


_TAKES: dict[str, Callable[[Directive, dict[str, Any]], bool]] = {
    "root": lambda one, location: _put(location, "root", one.arguments[0].rstrip("/")),
    "index": lambda one, location: _put(location, "index", one.arguments[0]),
    "return": _return,
    "add_header": _add_header,
    "proxy_set_header": _proxy_set_header,
    "rewrite": _rewrite,
    "proxy_read_timeout": _timeout,
    "proxy_buffering": lambda one, location: _put(location, "buffering", one.arguments[0] != "off"),
    "allow": lambda one, location: _append(location, "allow", one.arguments[0]),
    "deny": _deny,
    "try_files": _try_files,
}


def _seconds(text: str) -> int:
    """0 for what is no time, or less than one."""
    found = _TIME.fullmatch(text)
    return int(found[1]) * _SECONDS[found[2]] if found else 0


def _mib(text: str) -> int | None:
    """Rounded up; 0 is any size."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    size = int(found[1]) * _MIB[found[2].lower()]
    return -int(-size // 1)
