"""Virtual hosts by which a template is tried: with and without each thing that a template can ask for."""

from __future__ import annotations

from nimbus.edge.rendering.virtual_hosts import HostVersion, UsedTemplate, UsedUpstream
from nimbus.edge.upstreams.records import UpstreamServer, UpstreamSpec
from nimbus.edge.virtual_hosts.records import Header, Location, RateLimit, RewriteRule, VirtualHostSpec

_HOST = "00000000-0000-4000-8000-000000000001"
_UPSTREAM = "00000000-0000-4000-8000-000000000002"
_CERTIFICATE = "00000000-0000-4000-8000-000000000003"
_USED = {_UPSTREAM: UsedUpstream(1, UpstreamSpec(servers=(UpstreamServer(address="192.0.2.1:8080"),)))}
_WHOLE = VirtualHostSpec(
    server_name=("www.example.com", "*.example.com"),
    ssl_certificate_id=_CERTIFICATE,
    http3=True,
    hsts=3600,
    rate_limiting=RateLimit(rate=10, burst=20),
    trusted_proxies=("192.0.2.0/24",),
    locations=(
        Location(
            path="/app/",
            upstream_id=_UPSTREAM,
            upstream_path="/",
            websocket=True,
            custom_headers=(Header("X-Sample", "$host"),),
            rewrite_rules=(RewriteRule("^/a/(.*)$", "/b/$1"),),
            allow=("192.0.2.0/24",),
        ),
        Location(path="/files/", root="/srv/www", index="index.html"),
        Location(path="= /old", redirect="https://www.example.com/"),
        Location(path="~ \\.php$", upstream_id=_UPSTREAM),
    ),
)
_PLAIN = VirtualHostSpec(
    server_name=("www.example.com",),
    listen_port=80,
    ssl_enabled=False,
    http2=False,
    gzip=False,
    locations=(Location(path="/", proxy_pass="http://192.0.2.1:8080"),),  # noqa: S106  (a directive)
)
_FILES = VirtualHostSpec(
    server_name=("www.example.com",),
    listen_port=8080,
    ssl_enabled=False,
    locations=(Location(path="/", root="/srv/www"),),
)
_REDIRECT = VirtualHostSpec(
    server_name=("www.example.com",),
    ssl_certificate_id=_CERTIFICATE,
    redirect_http=False,
    locations=(Location(path="/", redirect="https://www.example.org/"),),
)


def _sample(spec: VirtualHostSpec) -> HostVersion:
    used = _USED if any(location.upstream_id for location in spec.locations) else {}
    return HostVersion(_HOST, 1, spec, UsedTemplate("default", 0), used)


SAMPLES = tuple(_sample(spec) for spec in (_WHOLE, _PLAIN, _FILES, _REDIRECT))
