"""Types of upstreams."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]


class Algorithm(StrEnum):
    ROUND_ROBIN = "round_robin"
    LEAST_CONNECTIONS = "least_connections"
    IP_HASH = "ip_hash"
    # As round robin; it says that the weights are meant.
    WEIGHTED = "weighted"


class UpstreamServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is `ADDRESS:PORT`, `[IPV6]:PORT`, `NAME:PORT` or `unix:PATH`; or `node` (a name or an id) with
    `port`. `instance` and `volume_server` are names for what cannot be referred to yet.

    `max_fails` failures within `fail_timeout` seconds take it out for as long; 0 never does."""

    address: str = ""
    node: str | None = None
    instance: str | None = None
    volume_server: str | None = None
    port: Port | None = None
    weight: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    backup: bool = False
    down: bool = False
    max_fails: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 1
    fail_timeout: Seconds = 10


class UpstreamCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asked by the agent of each edge; times in seconds. `http`: healthy is 200 to 399, or exactly `status`."""

    kind: Literal["http", "tcp"] = "http"
    path: str = "/"
    host: str = ""
    status: Annotated[int, msgspec.Meta(ge=100, le=599)] | None = None
    interval: Seconds = 10
    timeout: Seconds = 5
    failures: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3
    successes: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2


class UpstreamTls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the servers are spoken to over TLS. `server_name` goes into SNI and is what their certificate must name;
    without `ca_certificates` (PEM) it is the system's authorities that vouch for them."""

    server_name: str = ""
    verify: bool = True
    ca_certificates: str = ""


class UpstreamSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`keepalive`: idle connections that each worker keeps open; `keepalive_timeout` in seconds."""

    servers: tuple[UpstreamServer, ...]
    algorithm: Algorithm = Algorithm.ROUND_ROBIN
    health_check: UpstreamCheck | None = None
    tls: UpstreamTls | None = None
    keepalive: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 32
    keepalive_timeout: Seconds = 60
