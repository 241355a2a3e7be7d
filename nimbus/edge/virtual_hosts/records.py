"""Types of virtual hosts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from nimbus.edge.upstreams.records import Port

Seconds = Annotated[int, msgspec.Meta(ge=1, le=86400)]
HeaderName = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of an answer. The value can have variables such as `$host` or `$request_id`."""

    name: HeaderName
    value: Annotated[str, msgspec.Meta(max_length=4096)]


class RewriteRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`pattern` is a regular expression (PCRE) over the path; `$1` to `$9` in `replacement` are its groups."""

    pattern: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    replacement: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
    flag: Literal["last", "break", "redirect", "permanent"] = "last"


class Location(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`path`: `/app/` (prefix), `= /exact`, `^~ /prefix/`, `~ regex` or `~* regex` (without case).

    One of: `upstream_id` (with `upstream_path` in the place of the prefix), `proxy_pass` (a URL), `root` with
    `index`, `redirect` (a URL). Times in seconds."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    upstream_id: str | None = None
    upstream_path: str | None = None
    proxy_pass: str | None = None
    root: str | None = None
    index: str | None = None
    redirect: str | None = None
    redirect_status: Literal[301, 302, 307, 308] = 308
    custom_headers: tuple[Header, ...] = ()
    request_headers: tuple[Header, ...] = ()
    rewrite_rules: tuple[RewriteRule, ...] = ()
    websocket: bool = False
    buffering: bool = True
    proxy_timeout: Seconds = 60
    allow: tuple[str, ...] = ()


class RateLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By the client's address: so many requests in a second (or a minute), and `burst` more at once."""

    rate: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    per: Literal["second", "minute"] = "second"
    burst: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    delay: bool = False


class Targets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On which edges: all that the workspace can use, those of the workspace, those with all of these labels, or
    one (`node`: an id)."""

    kind: Literal["all", "workspace", "labels", "node"] = "workspace"
    labels: dict[str, str] = {}
    node: str | None = None


class Logging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the access log keeps: `mask_client` cuts addresses to /24 and /48, `drop_query` what follows a `?`."""

    enabled: bool = True
    mask_client: bool = False
    drop_query: bool = False


class BackEnd(msgspec.Struct, frozen=True, order=True):
    """What a location sends requests to: an upstream of its own, made of a URL. `address` is `HOST:PORT`."""

    address: str
    tls: bool


class VirtualHostSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`server_name`: domains as they were given. `max_body`: MiB, 0 for any size. `hsts`: seconds, 0 for none."""

    server_name: tuple[str, ...]
    listen_port: Port = 443
    ssl_enabled: bool = True
    ssl_certificate_id: str | None = None
    redirect_http: bool = True
    http2: bool = True
    http3: bool = False
    gzip: bool = True
    hsts: Annotated[int, msgspec.Meta(ge=0, le=63_072_000)] = 0
    max_body: Annotated[int, msgspec.Meta(ge=0, le=1_048_576)] = 100
    rate_limiting: RateLimit | None = None
    trusted_proxies: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    template: str = "default"
    target_agents: Targets = Targets()
    logging: Logging = Logging()
